/**
 * The way to a path that is to be changed, gone component by component. Root follows links that are root's; below a
 * directory that somebody else can write no link is followed, for its owner may have planted it to have root change a
 * file elsewhere. systemd-tmpfiles(8) refuses such "unsafe path transitions" for the same reason.
 *
 * Node has no openat(2). Each directory is entered and compared with what was looked at before, so that one that is
 * swapped meanwhile is noticed; what is then done to a bare name happens in that directory, whatever becomes of the path.
 */
import fs from 'node:fs';
import type { Ownership } from './host.ts';
import { MOST_LINKS, symlinkLoop } from './resolve.ts';
import { SetupError } from './setup-error.ts';

/** The end of a way: the working directory is the one that holds `name` while it is worked on. */
export interface Spot {
  /** Without a slash; `.` for the root directory. */
  readonly name: string;
  /** The host's path of it, no link in it. */
  readonly path: string;
  /** Whether another user may have put something under this name, or does so now. */
  readonly contested: boolean;
}

/** Who can change what is in a directory: root (or we), whoever is in it but only their own, or somebody else. */
type Ground = 'ours' | 'shared' | 'foreign';

/**
 * Does something to a path's last component, from inside of the directory that holds it. Synchronous: the working
 * directory is the whole process's, and is what it was before when this returns.
 *
 * @param root the directory that holds the host's files; undefined for this machine
 * @param last whether a link at the end is followed, where it is not contested
 * @throws SetupError `planted-link`, `symlink-loop`; errors of node:fs where a directory is missing
 */
export function atSpot<T>(
  root: string | undefined,
  path: string,
  last: 'followed' | 'itself',
  act: (spot: Spot) => T,
): T {
  return elsewhere(() => act(walk(root ?? '/', path, last).spot));
}

/**
 * The user and group who can plant things on the way to a path, so that what is done there is done as they; undefined
 * where that is root alone. A part that does not exist yet belongs to who has the directory above it.
 *
 * @throws SetupError `shared-directory` where a directory of root's is open for a group: nobody's rights are right there
 */
export function holderOfWay(root: string | undefined, path: string): Ownership | undefined {
  return elsewhere(() => walk(root ?? '/', path, 'followed', true).holder);
}

function elsewhere<T>(act: () => T): T {
  const before = currentDirectory();
  try {
    return act();
  } finally {
    process.chdir(before);
  }
}

/** It may have been removed, or be above what we may read. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}

interface Way {
  readonly spot: Spot;
  /** Who has the first directory on the way that is not ours. */
  readonly holder?: Ownership;
}

function walk(root: string, path: string, last: 'followed' | 'itself', toHolder = false): Way {
  const ours = new Set([0, process.geteuid?.(), fs.statSync(root).uid]);
  const todo = components(path);
  let [names, ground, links]: [string[], Ground, number] = [[], 'ours', 0];
  const here = (name: string): string => `/${[...names, name].join('/')}`;
  const goToRoot = (): void => {
    process.chdir(root);
    [names, ground] = [[], groundOf(fs.statSync('.'), ours)];
  };
  goToRoot();
  for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
    if (name === '..') {
      if (ground === 'foreign') throw planted(here(name));
      todo.unshift(...names.slice(0, -1));
      goToRoot();
      continue;
    }
    const stat = fs.lstatSync(name, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink() && (todo.length > 0 || last === 'followed')) {
      if (ground === 'foreign' || (ground === 'shared' && !ours.has(stat.uid))) {
        throw planted(here(name));
      }
      if (++links > MOST_LINKS) throw symlinkLoop(path);
      const target = fs.readlinkSync(name);
      todo.unshift(...components(target));
      if (target.startsWith('/')) goToRoot();
      continue;
    }
    const ends = toHolder ? stat === undefined : todo.length === 0;
    if (ends) return { spot: { name, path: here(name), contested: ground !== 'ours' } };
    const inside = enter(name, here(name));
    names.push(name);
    if (ground !== 'foreign') ground = groundOf(inside, ours);
    if (!toHolder || ground !== 'foreign') continue;
    const at = `/${names.join('/')}`;
    if (ours.has(inside.uid)) throw openForGroup(at);
    const holder = { uid: inside.uid, gid: inside.gid };
    return { spot: { name: '.', path: at, contested: true }, holder };
  }
  return { spot: { name: '.', path: `/${names.join('/')}`, contested: false } };
}

/** Goes into a directory that was looked at, and makes sure that it is that one. */
function enter(name: string, path: string): fs.Stats {
  const seen = fs.lstatSync(name);
  process.chdir(name);
  const inside = fs.statSync('.');
  if (inside.dev !== seen.dev || inside.ino !== seen.ino) throw planted(path);
  return inside;
}

/** An ordinary user has nothing that others could be after; the group of root's own is root's. */
function groundOf({ uid, gid, mode }: fs.Stats, ours: ReadonlySet<number | undefined>): Ground {
  if (process.geteuid?.() !== 0) return 'ours';
  if (!ours.has(uid)) return 'foreign';
  const open = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0);
  if (!open) return 'ours';
  return (mode & 0o1000) === 0 ? 'foreign' : 'shared';
}

function components(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function planted(path: string): SetupError {
  return new SetupError({
    code: 'planted-link',
    message: `${path} leads elsewhere, and another user than root could have made it do so: it is not followed`,
    hint: `Look at it with: namei -l ${path}   and remove the link, or give the directory that holds it to root.`,
  });
}

function openForGroup(path: string): SetupError {
  return new SetupError({
    code: 'shared-directory',
    message: `${path} is root's, and others can write into it: root makes nothing there`,
    hint: `chmod g-w,o-w ${path}   or give it to the user who needs it, then run again.`,
  });
}

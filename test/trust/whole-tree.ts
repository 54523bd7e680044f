/** Everything that can be told apart in a tree of files: bytes, modes, owners, times, links. */
import fs from 'node:fs';
import { join, relative } from 'node:path';

export interface Entry {
  readonly type: 'file' | 'directory' | 'link';
  /** Four octal digits. */
  readonly mode: string;
  readonly owner: string;
  /** Of files; of directories it tells nothing that matters. */
  readonly time: number | undefined;
  /** A file's bytes as latin1, a link's target. */
  readonly text: string;
}

export type Look = Readonly<Record<string, Entry>>;

/** Every path below the root, without what milter-setup keeps for itself. */
export function look(root: string): Look {
  const paths = fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !/^var(\/(lib|db)(\/milter-setup(\/.*)?)?)?$/.test(path));
  return Object.fromEntries(paths.sort().map((path) => [path, entryAt(join(root, path))]));
}

function entryAt(path: string): Entry {
  const stat = fs.lstatSync(path);
  const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0');
  const owner = `${stat.uid}:${stat.gid}`;
  if (stat.isSymbolicLink()) {
    return { type: 'link', mode, owner, time: undefined, text: fs.readlinkSync(path) };
  }
  if (!stat.isFile()) return { type: 'directory', mode, owner, time: undefined, text: '' };
  return { type: 'file', mode, owner, time: stat.mtimeMs, text: fs.readFileSync(path, 'latin1') };
}

/** Paths that are not the same, with what was and what is. */
export function differences(
  before: Look,
  after: Look,
): readonly { readonly path: string; readonly was?: Entry; readonly is?: Entry }[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return paths
    .filter((path) => JSON.stringify(before[path]) !== JSON.stringify(after[path]))
    .map((path) => ({
      path,
      ...(before[path] && { was: before[path] }),
      ...(after[path] && { is: after[path] }),
    }));
}

/** Gives the files modes and times that no program would give them, so that a loss shows. */
export function unlikeModes(root: string): void {
  const modes = [0o640, 0o604, 0o444, 0o600, 0o755, 0o664];
  Object.entries(look(root)).forEach(([path, { type }], index) => {
    if (type !== 'file') return;
    fs.chmodSync(join(root, path), modes[index % modes.length]!);
    fs.utimesSync(join(root, path), 1e9 + index + 0.25, 1e9 + index + 0.25);
  });
}

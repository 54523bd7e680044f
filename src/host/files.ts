/** Changes a host's files: each change is there as a whole or not at all, and is on the disk when the call returns. */
import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { copyAttributes, copyFaithfully } from './attributes.ts';
import type { FileStat, Host, Ownership } from './host.ts';
import { errorCode } from './reader.ts';
import { atSpot, holderOfWay, type Spot } from './safe-way.ts';
import { explainFailure } from './write-error.ts';

export type FileChanges = Pick<
  Host,
  | 'landing'
  | 'holderOf'
  | 'write'
  | 'copy'
  | 'append'
  | 'create'
  | 'makeDirectory'
  | 'setMode'
  | 'setOwner'
  | 'removeFile'
  | 'removeDirectory'
>;

const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } =
  fs.constants;

/** The name under which a file is prepared. One that is found was left by a run that was killed, and may go. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.milter-setup-tmp`);
}

/**
 * @param root the directory that holds the host's files; undefined for this machine
 * @param givesAway whether files can be given to other owners; if not they silently stay ours
 */
export function changeFiles(root: string | undefined, givesAway: boolean): FileChanges {
  /** Each change is made at a spot (`safe-way.ts`), to a bare name in the working directory. */
  const change = <T>(path: string, last: 'followed' | 'itself', act: (spot: Spot) => T): T =>
    explainFailure(path, () => atSpot(root, path, last, act));
  return {
    landing: (path) => change(path, 'followed', (spot) => spot.path),
    holderOf: (path) => explainFailure(path, () => holderOfWay(root, path)),
    write(path, bytes, as = {}) {
      change(path, 'followed', (spot) => writeWhole(spot, bytes, as, givesAway));
    },
    copy(from, to) {
      const source = change(from, 'followed', (spot) => readSource(root, spot));
      change(to, 'followed', (spot) => copyWhole(source, spot, givesAway));
    },
    append(path, bytes) {
      change(path, 'followed', ({ name }) => append(name, bytes));
    },
    create(path, bytes, mode) {
      return change(path, 'itself', ({ name }) => create(name, bytes, mode));
    },
    makeDirectory(path, mode, owner) {
      change(path, 'itself', ({ name }) => {
        fs.mkdirSync(name);
        withOpen(name, (fd, stats) => {
          // Who can write here may have put another one in its place by now.
          if (!stats.isDirectory() || stats.uid !== process.geteuid?.()) throw swapped();
          if (owner && givesAway) fs.fchownSync(fd, owner.uid, owner.gid);
          fs.fchmodSync(fd, mode);
        });
        syncDirectory('.');
      });
    },
    setMode(path, mode) {
      change(path, 'followed', ({ name, contested }) => {
        if (contested) withOpen(name, (fd) => fs.fchmodSync(fd, mode));
        else fs.chmodSync(name, mode);
      });
    },
    setOwner(path, { uid, gid }) {
      if (!givesAway) return;
      change(path, 'followed', ({ name, contested }) => {
        if (contested) withOpen(name, (fd) => fs.fchownSync(fd, uid, gid));
        else fs.chownSync(name, uid, gid);
      });
    },
    removeFile(path) {
      change(path, 'itself', ({ name }) => {
        fs.rmSync(name, { force: true });
        syncDirectory('.');
      });
    },
    removeDirectory(path) {
      change(path, 'itself', ({ name }) => {
        fs.rmdirSync(name);
        syncDirectory('.');
      });
    },
  };
}

/** What is under a name now, opened without following a link, and nothing that has a second name elsewhere. */
function withOpen(name: string, act: (fd: number, stats: fs.Stats) => void): void {
  const fd = fs.openSync(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fs.fstatSync(fd);
    if (stats.isFile() && stats.nlink !== 1) throw swapped();
    act(fd, stats);
  } finally {
    fs.closeSync(fd);
  }
}

function swapped(): Error {
  return new Error('another user has put something else in its place');
}

function writeWhole(
  { name, contested }: Spot,
  bytes: Buffer,
  as: { mode?: number; owner?: Ownership },
  givesAway: boolean,
): void {
  const there = fs.lstatSync(name, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile()) throw new Error('it is not a regular file');
  putInPlace(name, (temporary) => {
    // cp goes by names, and would follow what others put there: in their directories ACLs are what new files get.
    const carried = there !== undefined && !contested;
    if (carried) {
      copyAttributes(name, temporary);
      const prepared = fs.statSync(temporary);
      // As an ordinary user we may write into our own read-only file only after this; the right mode follows.
      if ((prepared.mode & 0o200) === 0) fs.chmodSync(temporary, (prepared.mode & 0o7777) | 0o200);
    }
    const fd = carried
      ? fs.openSync(temporary, O_WRONLY | O_TRUNC | O_NOFOLLOW)
      : fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o600);
    try {
      fs.writeFileSync(fd, bytes);
      const now = new Date();
      fs.futimesSync(fd, now, now);
      const owner = as.owner ?? there ?? { uid: 0, gid: 0 };
      if (givesAway) fs.fchownSync(fd, owner.uid, owner.gid);
      // A chmod would set the mask of an ACL too: only where it is needed, and after chown, which takes setuid away.
      const mode = as.mode ?? modeOf(there) ?? 0o644;
      if ((fs.fstatSync(fd).mode & 0o7777) !== mode) fs.fchmodSync(fd, mode);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  });
}

function modeOf(stats: fs.Stats | undefined): FileStat['mode'] | undefined {
  return stats && stats.mode & 0o7777;
}

/** A file to copy: where cp finds it, or, where others could swap it meanwhile, what it was when it was opened. */
type Source = { readonly at: string } | { readonly bytes: Buffer; readonly stats: fs.Stats };

function readSource(root: string | undefined, { name, path, contested }: Spot): Source {
  return contested ? readOpened(name) : { at: join(root ?? '/', path) };
}

function readOpened(name: string): Extract<Source, { readonly bytes: Buffer }> {
  const fd = fs.openSync(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fs.fstatSync(fd);
    if (!stats.isFile()) throw new Error('it is not a regular file');
    return { bytes: fs.readFileSync(fd), stats };
  } finally {
    fs.closeSync(fd);
  }
}

function copyWhole(source: Source, { name, contested }: Spot, givesAway: boolean): void {
  putInPlace(name, (temporary) => {
    if ('at' in source && !contested) {
      copyFaithfully(source.at, temporary);
      sync(temporary);
      return;
    }
    const { bytes, stats } = 'at' in source ? readOpened(source.at) : source;
    const fd = fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o600);
    try {
      fs.writeFileSync(fd, bytes);
      if (givesAway) fs.fchownSync(fd, stats.uid, stats.gid);
      fs.fchmodSync(fd, stats.mode & 0o7777);
      fs.futimesSync(fd, stats.atime, stats.mtime);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  });
}

function putInPlace(at: string, prepare: (temporary: string) => void): void {
  const temporary = temporaryBeside(at);
  fs.rmSync(temporary, { force: true });
  try {
    prepare(temporary);
    fs.renameSync(temporary, at);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory('.');
}

function append(at: string, bytes: Buffer): void {
  const fresh = !fs.existsSync(at);
  const fd = fs.openSync(at, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  const { size } = fs.fstatSync(fd);
  try {
    fs.writeFileSync(fd, bytes);
    fs.fsyncSync(fd);
  } catch (error) {
    // The part that a full disk still took would spoil what is added next, and fill it up for good.
    fs.ftruncateSync(fd, size);
    throw error;
  } finally {
    fs.closeSync(fd);
  }
  if (fresh) syncDirectory('.');
}

/** A link to a finished file is the only way to make a file that nobody can find half-written or overwrite. */
function create(at: string, bytes: Buffer, mode: number): boolean {
  const temporary = `${temporaryBeside(at)}.${process.pid}`;
  try {
    fs.rmSync(temporary, { force: true });
    const fd = fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o600);
    try {
      fs.writeFileSync(fd, bytes);
      fs.fchmodSync(fd, mode);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.linkSync(temporary, at);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
  syncDirectory('.');
  return true;
}

function sync(at: string): void {
  const fd = fs.openSync(at, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** The name of a new file is on the disk only once its directory is. Some file systems cannot sync one. */
function syncDirectory(at: string): void {
  try {
    sync(at);
  } catch (error) {
    if (!['EINVAL', 'EACCES', 'EPERM', 'ENOTSUP'].includes(errorCode(error) ?? '')) throw error;
  }
}

/** Changes a host's files: each change is there as a whole or not at all, and is on the disk when the call returns. */
import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { copyAttributes, copyFaithfully } from './attributes.ts';
import type { FileStat, Host, Ownership } from './host.ts';
import { errorCode, locate } from './reader.ts';
import { resolvePath } from './resolve.ts';
import { explainFailure } from './write-error.ts';

export type FileChanges = Pick<
  Host,
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

/** The name under which a file is prepared. One that is found was left by a run that was killed, and may go. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.milter-setup-tmp`);
}

/**
 * @param root the directory that holds the host's files; undefined for this machine
 * @param givesAway whether files can be given to other owners; if not they silently stay ours
 */
export function changeFiles(root: string | undefined, givesAway: boolean): FileChanges {
  const real = (path: string): string =>
    root === undefined ? resolvePath(readLink, path, true) : locate(root, path, true);
  const unfollowed = (path: string): string => locate(root, path, false);
  return {
    write(path, bytes, as = {}) {
      explainFailure(path, () => writeWhole(real(path), bytes, as, givesAway));
    },
    copy(from, to) {
      explainFailure(to, () => copyWhole(real(from), real(to)));
    },
    append(path, bytes) {
      explainFailure(path, () => append(real(path), bytes));
    },
    create(path, bytes, mode) {
      return explainFailure(path, () => create(unfollowed(path), bytes, mode));
    },
    makeDirectory(path, mode) {
      explainFailure(path, () => {
        const at = unfollowed(path);
        fs.mkdirSync(at);
        fs.chmodSync(at, mode);
        syncDirectory(dirname(at));
      });
    },
    setMode(path, mode) {
      explainFailure(path, () => fs.chmodSync(real(path), mode));
    },
    setOwner(path, { uid, gid }) {
      if (givesAway) explainFailure(path, () => fs.chownSync(real(path), uid, gid));
    },
    removeFile(path) {
      explainFailure(path, () => {
        const at = unfollowed(path);
        fs.rmSync(at, { force: true });
        syncDirectory(dirname(at));
      });
    },
    removeDirectory(path) {
      explainFailure(path, () => {
        const at = unfollowed(path);
        fs.rmdirSync(at);
        syncDirectory(dirname(at));
      });
    },
  };
}

function writeWhole(
  at: string,
  bytes: Buffer,
  as: { mode?: number; owner?: Ownership },
  givesAway: boolean,
): void {
  const there = fs.lstatSync(at, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile()) throw new Error('it is not a regular file');
  putInPlace(at, (temporary) => {
    if (there !== undefined) copyAttributes(at, temporary);
    else fs.closeSync(fs.openSync(temporary, 'wx', 0o600));
    const prepared = fs.statSync(temporary);
    // As an ordinary user we may write into our own read-only file only after this; the right mode follows.
    if ((prepared.mode & 0o200) === 0) fs.chmodSync(temporary, (prepared.mode & 0o7777) | 0o200);
    const fd = fs.openSync(temporary, fs.constants.O_WRONLY | fs.constants.O_TRUNC);
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

function copyWhole(from: string, to: string): void {
  putInPlace(to, (temporary) => {
    copyFaithfully(from, temporary);
    sync(temporary);
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
  syncDirectory(dirname(at));
}

function append(at: string, bytes: Buffer): void {
  const fresh = !fs.existsSync(at);
  const fd = fs.openSync(at, 'a', 0o600);
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
  if (fresh) syncDirectory(dirname(at));
}

/** A link to a finished file is the only way to make a file that nobody can find half-written or overwrite. */
function create(at: string, bytes: Buffer, mode: number): boolean {
  const temporary = `${temporaryBeside(at)}.${process.pid}`;
  try {
    fs.writeFileSync(temporary, bytes, { mode: 0o600 });
    fs.chmodSync(temporary, mode);
    sync(temporary);
    fs.linkSync(temporary, at);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
  syncDirectory(dirname(at));
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

function readLink(path: string): string | undefined {
  try {
    return fs.readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Reads a host's files through node:fs alone: this machine's, or those below a directory as if it were the root. */
import fs from 'node:fs';
import { join } from 'node:path';
import type { FileStat, HostReader } from './host.ts';
import { resolvePath, symlinkLoop } from './resolve.ts';
import { SetupError } from './setup-error.ts';

/**
 * @param root a directory that holds the host's files; its symlinks, absolute ones and `..` included, stay below it.
 *   This machine where not given.
 */
export function openReader(root?: string): HostReader {
  const inside = (path: string, followLast: boolean): string => locate(root, path, followLast);
  return {
    read: (path) => attempt(path, () => readWhole(path, inside(path, true))),
    stat: (path) => attempt(path, () => describe(fs.statSync(inside(path, true)))),
    lstat: (path) => attempt(path, () => describe(fs.lstatSync(inside(path, false)))),
    readLink: (path) => attempt(path, () => fs.readlinkSync(inside(path, false))),
    list: (path) => attempt(path, () => fs.readdirSync(inside(path, true)).sort()) ?? [],
  };
}

/** Where a host's path is on this machine. @throws SetupError `symlink-loop` */
export function locate(root: string | undefined, path: string, followLast: boolean): string {
  if (root === undefined) return path;
  const linkBelowRoot = (at: string): string | undefined => {
    try {
      return fs.readlinkSync(join(root, at));
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  };
  return join(root, resolvePath(linkBelowRoot, path, followLast));
}

function readWhole(path: string, real: string): Buffer {
  const stats = fs.statSync(real);
  // A unit that is a link to /dev/null is masked, and reads as empty; other devices may never end.
  if (stats.isCharacterDevice()) return Buffer.alloc(0);
  if (!stats.isFile()) {
    const what = stats.isDirectory() ? 'a directory' : 'not a regular file';
    throw new SetupError({ code: 'unreadable', message: `${path} is ${what}` });
  }
  return fs.readFileSync(real);
}

function describe(stats: fs.Stats): FileStat {
  const { uid, gid, size, mtimeMs } = stats;
  return { type: typeOf(stats), mode: stats.mode & 0o7777, uid, gid, size, mtimeMs };
}

function typeOf(stats: fs.Stats): FileStat['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  return stats.isSocket() ? 'socket' : 'other';
}

function attempt<T>(path: string, look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof SetupError) throw error;
    if (isAbsence(error)) return undefined;
    throw unreadable(path, error);
  }
}

/** Nothing is there; EINVAL is readlink's answer for what is no link. */
function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EINVAL'].includes(errorCode(error) ?? '');
}

function unreadable(path: string, cause: unknown): SetupError {
  const code = errorCode(cause);
  if (code === 'ELOOP') return symlinkLoop(path);
  const denied = code === 'EACCES' || code === 'EPERM';
  return new SetupError({
    code: 'unreadable',
    message: `${path} cannot be read: ${denied ? 'permission denied' : String(code ?? cause)}`,
    hint: denied
      ? `Run as root, or as a user who may read ${path}.`
      : `Look at it with: ls -l ${path}`,
    cause,
  });
}

/** `ENOENT` and its kin. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

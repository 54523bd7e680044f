/**
 * The host over a manager's life. At the start root reads it; a reload has the manager's own rights. What these do not
 * allow counts as it was when it could be read: a milter whose file is root's alone must not be lost by a reload.
 */
import type { HostReader } from '../host/host.ts';
import { errorCode } from '../host/reader.ts';
import { SetupError } from '../host/setup-error.ts';

/** Bytes: files of settings are smaller. */
const WORTH_KEEPING = 256 * 1024;

/** What was seen, by question and path. */
export type Memory = Map<string, unknown>;

/** @param warn told of everything that is taken from memory */
export function rememberingReader(
  host: HostReader,
  memory: Memory,
  warn: (warning: string) => void,
): HostReader {
  const remembering = <T>(question: string, look: (path: string) => T): ((path: string) => T) => {
    return (path) => {
      const key = `${question} ${path}`;
      try {
        const seen = look(path);
        // Programs can be read by everybody, and are not worth their memory.
        if (!(Buffer.isBuffer(seen) && seen.length > WORTH_KEEPING)) memory.set(key, seen);
        return seen;
      } catch (error) {
        if (!isDenied(error) || !memory.has(key)) throw error;
        warn(`${error.message}; it counts as it was when it could be read`);
        return memory.get(key) as T;
      }
    };
  };
  return {
    read: remembering('read', (path) => host.read(path)),
    stat: remembering('stat', (path) => host.stat(path)),
    lstat: remembering('lstat', (path) => host.lstat(path)),
    readLink: remembering('readLink', (path) => host.readLink(path)),
    list: remembering('list', (path) => host.list(path)),
  };
}

function isDenied(error: unknown): error is SetupError {
  return error instanceof SetupError && ['EACCES', 'EPERM'].includes(errorCode(error.cause) ?? '');
}

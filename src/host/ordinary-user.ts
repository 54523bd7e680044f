/** This machine as an ordinary user sees it: what that user may not read counts as absent, and is remembered. */
import type { Host } from './host.ts';
import { errorCode } from './reader.ts';
import { SetupError } from './setup-error.ts';

/** The host with `unread`; everything else that goes wrong is thrown as before. */
export function asOrdinaryUser(host: Host): Host {
  const unread = new Set<string>();
  const permitted =
    <T>(look: (path: string) => T, otherwise: T) =>
    (path: string): T => {
      try {
        return look(path);
      } catch (error) {
        if (!isDenied(error)) throw error;
        unread.add(path);
        return otherwise;
      }
    };
  return {
    ...host,
    unread,
    read: permitted((path) => host.read(path), undefined),
    stat: permitted((path) => host.stat(path), undefined),
    lstat: permitted((path) => host.lstat(path), undefined),
    readLink: permitted((path) => host.readLink(path), undefined),
    list: permitted((path) => host.list(path), []),
  };
}

function isDenied(error: unknown): boolean {
  if (!(error instanceof SetupError)) return false;
  return ['EACCES', 'EPERM'].includes(errorCode(error.cause) ?? '');
}

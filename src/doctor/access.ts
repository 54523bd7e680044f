/** Whether a user gets to a UNIX socket: from owners and modes of it and of the directories above it. */
import { dirname } from 'node:path';
import { groupNumbered, groupNamed, groupsOf, userNamed } from '../host/accounts.ts';
import type { FileStat, HostReader } from '../host/host.ts';
import { resolvePath } from '../host/resolve.ts';

/** A user's numbers. */
export interface Rights {
  readonly uid: number;
  readonly gids: readonly number[];
}

/** What keeps a user from a socket. */
export interface Obstacle {
  readonly path: string;
  /** As a person reads it: `/run/opendkim is 0750 opendkim:opendkim`. */
  readonly text: string;
  /** The group whose members get past it; undefined where no group does. */
  readonly group: string | undefined;
  /** What lets everybody past it. */
  readonly mode: string;
}

/** Undefined where there is no such user. */
export function rightsOf(host: HostReader, user: string): Rights | undefined {
  const account = userNamed(host, user);
  if (account === undefined) return undefined;
  const gids = groupsOf(host, user).map((name) => groupNamed(host, name)?.gid ?? -1);
  return { uid: account.uid, gids: [account.gid, ...gids] };
}

/**
 * The first thing on the way to the socket that the user may not pass; undefined where there is none, or no socket.
 * Access lists are not looked at.
 */
export function obstacleTo(host: HostReader, path: string, user: Rights): Obstacle | undefined {
  const real = resolvePath((at) => linkAt(host, at), path, true);
  const socket = host.stat(real);
  if (socket?.type !== 'socket' || user.uid === 0) return undefined;
  const above: string[] = [];
  for (let at = dirname(real); ; at = dirname(at)) {
    above.unshift(at);
    if (at === '/') break;
  }
  for (const at of above) {
    const stat = host.stat(at);
    if (stat && !may(stat, user, 0o1)) return describe(host, at, stat, 0o1);
  }
  // A directory may be entered; a socket must be writable (unix(7)).
  return may(socket, user, 0o2) ? undefined : describe(host, real, socket, 0o2);
}

function linkAt(host: HostReader, path: string): string | undefined {
  return host.lstat(path)?.type === 'symlink' ? host.readLink(path) : undefined;
}

function may({ mode, uid, gid }: FileStat, user: Rights, bit: number): boolean {
  if (user.uid === uid) return (mode & (bit << 6)) !== 0;
  if (user.gids.includes(gid)) return (mode & (bit << 3)) !== 0;
  return (mode & bit) !== 0;
}

function describe(host: HostReader, path: string, stat: FileStat, bit: number): Obstacle {
  const owner = nameOf(host, '/etc/passwd', stat.uid);
  const group = groupNumbered(host, stat.gid)?.name;
  const octal = stat.mode.toString(8).padStart(4, '0');
  // Never root's group: nobody should get more rights than a socket needs.
  const helps = (stat.mode & (bit << 3)) !== 0 && stat.gid !== 0;
  return {
    path,
    text: `${path} is ${octal} ${owner}:${group ?? stat.gid}`,
    group: helps ? group : undefined,
    mode: bit === 0o1 ? 'g+x' : 'g+rw',
  };
}

function nameOf(host: HostReader, path: string, number: number): string {
  const lines = (host.read(path)?.toString('latin1') ?? '').split('\n');
  return lines.find((line) => line.split(':')[2] === String(number))?.split(':')[0] ?? `${number}`;
}

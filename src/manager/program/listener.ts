/** The socket that the MTA connects to. A stale UNIX socket is removed, one that somebody listens on is refused. */
import { lchownSync, lstatSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { connect, Server, type ServerOpts, type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import {
  formatConnectionSpec,
  parseConnectionSpec,
  type ConnectionSpec,
} from '../../protocol/connection-spec.ts';
import type { Locate } from '../child/child-socket.ts';

/** The socket cannot be had; the message says which and why. */
export class ListenError extends Error {}

export interface ListenOptions {
  readonly spec: ConnectionSpec;
  readonly locate: Locate;
  /** Of a UNIX socket, e.g. 0o660. */
  readonly mode: number;
  /** Group number of a UNIX socket; that of the process where not given. */
  readonly group: number | undefined;
  readonly removeStale: boolean;
}

/** Connections that the kernel keeps while we are busy. */
const BACKLOG = 4096;

/**
 * Binds and listens; a UNIX socket is there with its mode and group, and takes connections, from its first moment.
 * @throws ListenError
 */
export async function listen(
  options: ListenOptions,
  accept: (socket: Socket) => void,
  server = new MtaServer(),
): Promise<Server> {
  const { spec, locate } = options;
  server.on('connection', accept);
  await clearTheWay(options);
  if (spec.kind === 'unix') await bindUnix(server, locate(spec.path), options);
  else {
    const any = spec.kind === 'inet' ? '0.0.0.0' : '::';
    const address = { host: spec.host ?? any, port: spec.port, backlog: BACKLOG };
    await bind(server, { ...address, ipv6Only: spec.kind === 'inet6' }).catch((error: unknown) => {
      throw cannot(spec, error as Error);
    });
  }
  return server;
}

/** Takes its UNIX socket away when it closes, unless another manager's stands there by now. */
export class MtaServer extends Server {
  private own: { readonly path: string; readonly inode: number } | undefined;

  constructor(options: ServerOpts = {}) {
    super({ noDelay: true, ...options });
  }

  standsAt(path: string): void {
    this.own = { path, inode: lstatSync(path).ino };
  }

  override close(done?: (error?: Error) => void): this {
    const { own } = this;
    this.own = undefined;
    try {
      if (own && lstatSync(own.path, { throwIfNoEntry: false })?.ino === own.inode)
        rmSync(own.path, { force: true });
    } catch {
      // The rights for it were given up; the next start removes it as a stale one.
    }
    return super.close(done);
  }
}

/** Removes a stale UNIX socket. @throws ListenError where somebody listens on it */
export async function clearTheWay({ spec, locate, removeStale }: ListenOptions): Promise<void> {
  if (spec.kind === 'unix' && removeStale) await removeStaleSocket(locate(spec.path));
}

/**
 * It is bound under another name of the same directory and moved when it listens: nobody finds it half made. Nothing is
 * done to it by its path but that, for in a directory of another user it may be another file by now.
 */
async function bindUnix(server: MtaServer, path: string, options: ListenOptions): Promise<void> {
  refuseTooLong(path);
  if (lstatSync(path, { throwIfNoEntry: false })) throw new ListenError(`${path} is there already`);
  const making = nameBeside(path);
  try {
    rmSync(making, { force: true });
    await underRights(options, () => bind(server, { path: making, backlog: BACKLOG }));
    haveGroup(making, options.group);
    renameSync(making, path);
    server.standsAt(path);
  } catch (error) {
    server.close();
    if (error instanceof ListenError) throw error;
    throw cannot(options.spec, new Error((error as Error).message.replaceAll(making, path)));
  }
}

/** Not longer, for it may not be. */
function nameBeside(path: string): string {
  const name = basename(path);
  return join(dirname(path), name.length > 1 ? `.${name.slice(0, -1)}` : `.${name}`);
}

/** Binds with the umask, and as root in the group, that make the socket what it is to be. */
function underRights<T>({ mode, group }: ListenOptions, bindNow: () => T): T {
  const groupBefore = process.getegid!();
  const asGroup = isRoot() && group !== undefined;
  const umask = process.umask(0o777 & ~mode);
  try {
    if (asGroup) process.setegid!(group);
    return bindNow();
  } finally {
    if (asGroup) process.setegid!(groupBefore);
    process.umask(umask);
  }
}

/**
 * Who is not root may not create in every group that it is a member of, but give away what is its own (chown(2)): to
 * nobody's harm. @throws ListenError where root's socket has another group: a directory with the set-group-ID bit
 */
function haveGroup(path: string, group: number | undefined): void {
  if (group === undefined) return;
  if (!isRoot()) lchownSync(path, process.getuid!(), group);
  else if (lstatSync(path).gid !== group)
    throw new ListenError(
      `the directory ${dirname(path)} gives what is made in it a group of its own: chmod g-s it`,
    );
}

function isRoot(): boolean {
  return process.geteuid!() === 0;
}

/** Below a root directory it may be too long: libuv would cut it off and listen elsewhere. */
function refuseTooLong(path: string): void {
  try {
    parseConnectionSpec(`unix:${path}`);
  } catch (error) {
    throw new ListenError(`cannot listen on unix:${path}: ${(error as Error).message}`);
  }
}

function bind(server: Server, options: object): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, resolve);
  });
}

function cannot(spec: ConnectionSpec, { message }: Error): ListenError {
  return new ListenError(`cannot listen on ${formatConnectionSpec(spec)}: ${message}`);
}

async function removeStaleSocket(path: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket()) throw new ListenError(`${path} is there and is no socket`);
  const answer = await knock(path);
  if (answer === 'connected')
    throw new ListenError(`${path} is in use: another program listens on it`);
  // Anything else may be a program that is too busy to answer (EAGAIN), or that lets us not in (EACCES).
  if (answer !== 'ECONNREFUSED')
    throw new ListenError(
      `cannot see whether ${path} is in use (connect ${answer}); if nothing listens on it, remove it`,
    );
  unlinkSync(path);
}

function knock(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

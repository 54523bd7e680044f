/** The socket that the MTA connects to. A stale UNIX socket is removed, one that somebody listens on is refused. */
import { chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
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
 * Binds, listens, and gives a UNIX socket its mode and group.
 * @throws ListenError
 */
export async function listen(
  options: ListenOptions,
  accept: (socket: Socket) => void,
): Promise<Server> {
  await clearTheWay(options);
  const server = await bindAndListen(options, accept);
  try {
    giveAccess(options);
  } catch (error) {
    server.close();
    throw error;
  }
  return server;
}

/** Removes a stale UNIX socket. @throws ListenError where somebody listens on it */
export async function clearTheWay({ spec, locate, removeStale }: ListenOptions): Promise<void> {
  if (spec.kind === 'unix' && removeStale) await removeStaleSocket(locate(spec.path));
}

/** In a worker, the supervisor binds. @throws ListenError */
export async function bindAndListen(
  { spec, locate }: ListenOptions,
  accept: (socket: Socket) => void,
): Promise<Server> {
  const server = createServer({ noDelay: true }, accept);
  if (spec.kind === 'unix') {
    refuseTooLong(locate(spec.path));
    await bind(server, spec, { path: locate(spec.path), backlog: BACKLOG });
  } else {
    const any = spec.kind === 'inet' ? '0.0.0.0' : '::';
    const address = { host: spec.host ?? any, port: spec.port, backlog: BACKLOG };
    await bind(server, spec, { ...address, ipv6Only: spec.kind === 'inet6' });
  }
  return server;
}

/** Below a root directory it may be too long: libuv would cut it off and listen elsewhere. */
function refuseTooLong(path: string): void {
  try {
    parseConnectionSpec(`unix:${path}`);
  } catch (error) {
    throw new ListenError(`cannot listen on unix:${path}: ${(error as Error).message}`);
  }
}

/** Mode and group of a UNIX socket. */
export function giveAccess({ spec, locate, mode, group }: ListenOptions): void {
  if (spec.kind !== 'unix') return;
  const path = locate(spec.path);
  if (group !== undefined) chownSync(path, process.getuid!(), group);
  chmodSync(path, mode);
}

function bind(server: Server, spec: ConnectionSpec, options: object): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(new ListenError(`cannot listen on ${formatConnectionSpec(spec)}: ${error.message}`));
    });
    server.listen(options, resolve);
  });
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

/** The socket that the MTA connects to. A stale UNIX socket is removed, one that somebody listens on is refused. */
import { chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { formatConnectionSpec, type ConnectionSpec } from '../protocol/connection-spec.ts';
import type { Locate } from './child-socket.ts';

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
 * Binds and listens.
 * @throws ListenError
 */
export async function listen(
  options: ListenOptions,
  accept: (socket: Socket) => void,
): Promise<Server> {
  const { spec } = options;
  const server = createServer({ noDelay: true }, accept);
  if (spec.kind === 'unix') {
    const path = options.locate(spec.path);
    if (options.removeStale) await removeStaleSocket(path);
    await bind(server, spec, { path, backlog: BACKLOG });
    try {
      if (options.group !== undefined) chownSync(path, process.getuid!(), options.group);
      chmodSync(path, options.mode);
    } catch (error) {
      server.close();
      throw error;
    }
  } else {
    const any = spec.kind === 'inet' ? '0.0.0.0' : '::';
    const address = { host: spec.host ?? any, port: spec.port, backlog: BACKLOG };
    await bind(server, spec, { ...address, ipv6Only: spec.kind === 'inet6' });
  }
  return server;
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
  if (await isAlive(path))
    throw new ListenError(`${path} is in use: another program listens on it`);
  unlinkSync(path);
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

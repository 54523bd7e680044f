/** Connects to where a child listens. */
import { connect, type Socket } from 'node:net';
import type { ConnectionSpec } from '../protocol/connection-spec.ts';

/** Turns a path of the host into one of this machine, below the root directory where there is one. */
export type Locate = (path: string) => string;

/** A socket that is being connected; one write a packet must not wait for the peer's acknowledgement (TCP_NODELAY). */
export function connectChild(spec: ConnectionSpec, locate: Locate): Socket {
  if (spec.kind === 'unix') return connect({ path: locate(spec.path) });
  const host = spec.host ?? (spec.kind === 'inet' ? '127.0.0.1' : '::1');
  return connect({ host, port: spec.port, family: spec.kind === 'inet' ? 4 : 6, noDelay: true });
}

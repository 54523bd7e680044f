/** Connects to where a child listens. */
import { connect, type Socket } from 'node:net';
import type { ConnectionSpec } from '../../protocol/connection-spec.ts';

/** Turns a path of the host into one of this machine, below the root directory where there is one. */
export type Locate = (path: string) => string;

/** Bytes read at once; a chunk is dealt with before the next read, so all children share this memory. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * A socket that is being connected; one write a packet must not wait for the peer's acknowledgement (TCP_NODELAY).
 * @param received takes what arrives; the chunk's memory is written over afterwards
 */
export function connectChild(
  spec: ConnectionSpec,
  locate: Locate,
  received: (chunk: Buffer) => void,
): Socket {
  const onread = {
    buffer: READ_BUFFER,
    callback: (length: number) => {
      received(READ_BUFFER.subarray(0, length));
      return true;
    },
  };
  if (spec.kind === 'unix') return connect({ path: locate(spec.path), onread });
  const host = spec.host ?? (spec.kind === 'inet' ? '127.0.0.1' : '::1');
  const family = spec.kind === 'inet' ? 4 : 6;
  return connect({ host, port: spec.port, family, noDelay: true, onread });
}

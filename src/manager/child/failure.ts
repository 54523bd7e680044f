/** How a child fails, told apart by what is to be done about it. */
import type { Packet } from '../../protocol/packet-reader.ts';
import { printable, type Printable } from '../report/printable.ts';

/** Why a child is of no more use to its session. */
export interface Failure {
  /** `resources`: we could not ask it, for want of descriptors or memory; no fault of the child's. */
  readonly kind: 'unreachable' | 'timeout' | 'closed' | 'garbage' | 'resources';
  readonly reason: string;
  /** Somebody waited for it in vain: to try again soon would let the next one wait. */
  readonly costTime?: boolean;
}

const OURS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** A connection that failed with an error. @param connected whether it had stood before */
export function connectionFailure(error: NodeJS.ErrnoException, connected: boolean): Failure {
  const reason = error.message;
  if (OURS.has(error.code ?? '')) return { kind: 'resources', reason };
  return { kind: connected ? 'closed' : 'unreachable', reason };
}

/**
 * Whether the child listens, and has as many connections waiting as its backlog holds: 20 with libmilter. Other
 * clients of a UNIX socket are made to wait by the kernel; one that does not block has to do so itself.
 */
export function isBusy(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EAGAIN';
}

/** A reply that is none. */
export function describeReply({ command, data }: Packet): Printable {
  const letter = String.fromCharCode(command);
  return printable(`'${letter}' (0x${command.toString(16)}), ${data.length} bytes`);
}

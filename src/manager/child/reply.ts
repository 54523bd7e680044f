/** What passes between a child's connection and its part in the session. */
import type { Packet } from '../../protocol/packet-reader.ts';
import type { Failure } from './failure.ts';
import type { ModificationLimits } from '../merge/modifications.ts';
import type { Answer } from '../merge/verdict.ts';

/** What a child says to a command: an answer with the modifications before it, or that it has failed. */
export type Reply =
  | { readonly answer: Answer; readonly modifications: readonly Packet[] }
  | { readonly failure: Failure };

export type Done = (reply: Reply) => void;

/** Milliseconds; bytes. */
export interface Limits {
  readonly connection: number;
  readonly writing: number;
  readonly reading: number;
  readonly endOfMessage: number;
  /** Of what it wants changed in one message. */
  readonly modifications: ModificationLimits;
}

/** What a child reports without being asked. */
export interface ChildListener {
  /** It needs more time at end of message. */
  progressed(): void;
  /** It took content from its queue. */
  drained(): void;
  /** It wants no more commands of this letter in the message (SMFIR_SKIP). */
  skipped(letter: number): void;
  /** A fault of ours, which ends the connection; the child is not to blame. */
  faulted(error: unknown): void;
  /** A final answer, or a failure, to content that nobody waits for. */
  spoke(reply: Reply): void;
}

/** What one milter's part in a session reports to the session. */
import type { StageName } from '../session/commands.ts';
import type { Failure } from './failure.ts';
import type { Answer } from '../merge/verdict.ts';

export interface ParticipantListener {
  progressed(): void;
  drained(): void;
  failed(failure: Failure, stage: StageName): void;
  /** It said something that no MTA takes, the first time since the configuration was read; `answer` goes on instead. */
  mended(said: string, answer: Answer): void;
  /** A fault of ours; the child is not to blame. */
  faulted(error: unknown): void;
  /** It had been left alone, and answers again. */
  recovered(): void;
  /** It ended its part of the message while content was passing by. */
  settled(): void;
}

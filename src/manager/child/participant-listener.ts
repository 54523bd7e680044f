/** What one milter's part in a session reports to the session. */
import type { StageName } from '../session/commands.ts';
import type { Failure } from './failure.ts';

export interface ParticipantListener {
  progressed(): void;
  drained(): void;
  failed(failure: Failure, stage: StageName): void;
  /** It had been left alone, and answers again. */
  recovered(): void;
  /** It ended its part of the message while content was passing by. */
  settled(): void;
}

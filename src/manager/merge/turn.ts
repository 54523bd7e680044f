/** Long work in turns: whoever has more to do than the others should wait for goes on after they had theirs. */

import type { Guard } from '../session/guard.ts';

/** Milliseconds that one turn takes. */
const LENGTH = 10;

/** Steps between two looks at the clock. */
const STEPS = 16;

export class Turn {
  private steps = 0;
  private end = performance.now() + LENGTH;

  /** To be called when the others had their turn. */
  begin(): void {
    this.end = performance.now() + LENGTH;
  }

  /** Counts a step. @returns whether the others should have their turn now */
  step(): boolean {
    this.steps += 1;
    return this.steps % STEPS === 0 && performance.now() >= this.end;
  }
}

/**
 * Does the work turn by turn, and `then` after it; all at once where one turn is enough.
 * @param guard of the session whose work it is
 */
export function inTurns(work: Iterator<void>, then: () => void, guard: Guard): void {
  if (work.next().done) then();
  else setImmediate(guard.wrap(() => inTurns(work, then, guard)));
}

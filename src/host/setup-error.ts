/** The one error class: a stable code, what happened, and the next step to take. */

/** Exit codes of `milter-setup`; printed by `milter-setup help exit-codes`. */
export const EXIT = {
  ok: 0,
  /** Failed; what was done has been undone. */
  failed: 1,
  /** Wrong usage, or an answer is missing. */
  usage: 2,
  /** Changes are pending (`plan`), checks failed (`doctor`), or part of the setup has to wait (no virus signatures). */
  pending: 3,
  /** Failed, and something could not be undone. */
  notUndone: 4,
  /** Another run holds the lock. */
  locked: 5,
  /** Needs root. */
  notPermitted: 77,
  cancelled: 130,
} as const;

export interface SetupErrorDetails {
  /** Stable, kebab-case. */
  readonly code: string;
  readonly message: string;
  /** What to do next, a sentence or a command. */
  readonly hint?: string;
  readonly exitCode?: number;
  readonly cause?: unknown;
}

export class SetupError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(details: SetupErrorDetails) {
    super(details.message, { cause: details.cause });
    this.name = 'SetupError';
    this.code = details.code;
    this.hint = details.hint;
    this.exitCode = details.exitCode ?? EXIT.failed;
  }
}

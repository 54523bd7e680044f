/** How a run that failed ends: one line and the next step on standard error; with --json an object on standard output, too. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import type { Style } from '../ui/style.ts';

export interface ErrorStreams {
  readonly output: { write(text: string): unknown };
  readonly errors: { write(text: string): unknown };
}

/** Writes the error and returns the exit code. */
export function reportError(
  thrown: unknown,
  streams: ErrorStreams,
  how: {
    readonly json: boolean;
    readonly verbose: boolean;
    readonly style: Style;
    /** Where more is to be read. */
    readonly logPath?: string | undefined;
  },
): number {
  const error = asSetupError(thrown);
  const { style, logPath } = how;
  streams.errors.write(`${style.paint('red', `milter-setup: ${error.message}`)}\n`);
  if (error.hint !== undefined) streams.errors.write(`${error.hint}\n`);
  if (how.verbose && error.code === 'internal' && thrown instanceof Error) {
    streams.errors.write(`${thrown.stack ?? ''}\n`);
  }
  if (logPath !== undefined) streams.errors.write(`log: ${logPath}\n`);
  if (how.json) {
    const { code, message, hint, exitCode } = error;
    streams.output.write(
      `${JSON.stringify({ schema: 1, error: { code, message, hint, exitCode, logPath } })}\n`,
    );
  }
  return error.exitCode;
}

/** Anything else that was thrown is a fault of ours, and says so. */
function asSetupError(thrown: unknown): SetupError {
  if (thrown instanceof SetupError) return thrown;
  return new SetupError({
    code: 'internal',
    message: `internal error: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    hint: 'this is a fault in milter-setup; run it again with --verbose to see where it happened',
    exitCode: EXIT.failed,
    cause: thrown,
  });
}

/** What a run did, or why it stopped, for the end of it. */
import type { Run } from '../../apply/run.ts';
import type { UndoResult } from '../../apply/undo-steps.ts';
import { SetupError } from '../../host/setup-error.ts';
import type { Change, Command } from '../../change/change.ts';
import type { HostFacts } from '../../plan/facts.ts';
import type { Platform } from '../../platforms/platform.ts';
import type { ProofLine } from '../../ui/show-proofs.ts';
import type { FailureReport, SuccessReport } from '../../ui/show-report.ts';

/**
 * @param milliseconds how long the run took
 * @param shown files that the sysadmin needs now
 * @param proofs what the test mails came to
 */
export function successReport(
  facts: HostFacts,
  run: Run,
  changes: readonly Change[],
  milliseconds: number,
  repeat: string,
  shown: NonNullable<SuccessReport['shown']>,
  proofs: readonly ProofLine[],
): SuccessReport {
  const { waiting } = run;
  const skipped = run.skipped.map(({ change, reason, finish }) => ({
    title: change.title,
    reason,
    finish,
  }));
  const skips = new Set(run.skipped.map(({ change }) => change));
  // A milter that does not answer and may be down counts as its fallback says.
  const whole = skipped.length === 0 && proofs.every(({ outcome }) => outcome !== 'skipped');
  const proved = facts.knowsRunning && changes.some((change) => change.kind === 'prove');
  return {
    kind: 'done',
    done: changes.filter((change) => !skips.has(change)).map((change) => change.title),
    skipped,
    warnings: waiting.length === 0 ? [] : [waitingText(waiting)],
    // What comes after the packages is known once their files are.
    remaining: waiting.length === 0 ? run.remaining : packageCommands(run),
    ...(proved && { status: whole ? 'pass' : 'incomplete' }),
    elapsedSeconds: milliseconds / 1000,
    next: facts.knowsRunning
      ? [
          `Send yourself a mail, and look for the lines of milter-manager in ${facts.platform.mailLog}.`,
          'milter-setup status shows the milters, milter-setup disable NAME turns one off, milter-setup undo takes this run back.',
        ]
      : waiting.length > 0
        ? []
        : [
            'Copy this tree to a directory of that host, and run there, as root:',
            `sh -e DIRECTORY${finishPath(facts.platform)} DIRECTORY`,
            'It puts the changed files in their places and runs the commands above, in the order of the plan.',
          ],
    proofs,
    shown,
    repeat,
  };
}

/** Where a run on a tree leaves the script that finishes it. */
export const finishPath = ({ stateDirectory }: Platform): string => `${stateDirectory}/finish.sh`;

function packageCommands(run: Run): readonly Command[] {
  return run.there.flatMap((change) =>
    change.phase === 'packages' && 'commands' in change ? change.commands : [],
  );
}

function waitingText(files: readonly string[]): string {
  const them = files.length === 1 ? '1 file waits' : `${files.length} files wait`;
  return `${them} for packages that the tree does not have: ${files.join(', ')}. Install the packages on that host, copy its files again, then run this again.`;
}

export function failureReport(
  error: unknown,
  { undone, notUndone, kept }: UndoResult,
  run: Run,
): FailureReport {
  const failure = error instanceof SetupError ? error : undefined;
  return {
    kind: 'failed',
    what: error instanceof Error ? error.message : String(error),
    undone: undone.map(({ title }) => title),
    notUndone: notUndone.map(({ change, error: reason }) => ({
      title: change.title,
      reason: reason.message,
    })),
    kept: kept.map(({ change, reason }) => ({ title: change.title, reason })),
    ...(run.logPath !== undefined && { logPath: run.logPath }),
    // Where the log is stands in a line of its own.
    next:
      failure?.hint === undefined || (run.logPath && failure.hint.includes(run.logPath))
        ? []
        : [failure.hint],
  };
}

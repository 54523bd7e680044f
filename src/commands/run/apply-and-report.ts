/** One run, with its progress before and its report behind it; undone where a step fails. */
import { finishScript } from '../../apply/finish-script.ts';
import { beginRun, type Run } from '../../apply/run.ts';
import type { Change } from '../../change/change.ts';
import type { Host } from '../../host/host.ts';
import { EXIT, SetupError } from '../../host/setup-error.ts';
import type { HostFacts } from '../../plan/facts.ts';
import type { Platform } from '../../platforms/platform.ts';
import type { Progress } from '../../ui/progress.ts';
import { briefly, showReport, type SuccessReport } from '../../ui/show-report.ts';
import type { CommandContext } from '../command.ts';
import { watchProofs } from './proof-lines.ts';
import { failureReport, finishPath, successReport } from './report.ts';

export interface Reported {
  readonly facts: HostFacts;
  /** The command that does the same again. */
  readonly repeat: string;
  /** Files that the sysadmin needs once all is done. */
  readonly shown?: () => NonNullable<SuccessReport['shown']>;
}

/**
 * @param work makes the changes, and gives those that it made
 * @returns the exit code; failures of a step are reported, undone and told by it
 */
export async function applyAndReport(
  context: CommandContext,
  { facts, repeat, shown = () => [] }: Reported,
  work: (run: Run, progress: Progress) => Promise<readonly Change[]>,
): Promise<number> {
  const { host, ui } = context;
  // What somebody took to read and to decide is no work of ours.
  const started = performance.now();
  const progress = ui.progress();
  const proofs = watchProofs(progress.report);
  const run = beginRun(host, {
    stateDirectory: facts.platform.stateDirectory,
    verb: context.verb === '' ? 'setup' : context.verb,
    version: context.version,
    events: proofs.report,
    log: context.log,
    signal: context.signal,
  });
  try {
    const done = await work(run, progress);
    if (!host.runs && run.waiting.length === 0) leaveScript(host, facts.platform, run.there);
    run.finish();
    await progress.finish();
    const report = successReport(
      facts,
      run,
      done,
      performance.now() - started,
      repeat,
      shown(),
      host.runs ? proofs.lines() : [],
    );
    // What was done has been shown step by step.
    const told = showReport({ ...report, done: [] }, ui.style);
    ui.print(`\n${told}`, showReport(briefly(report), ui.style));
    ui.result({ schema: 1, ...report });
    return report.status === 'incomplete' || run.waiting.length > 0 ? EXIT.pending : EXIT.ok;
  } catch (error) {
    const outcome = await run.rollBack({ packages: false, signal: context.urgentSignal });
    await progress.finish();
    const report = failureReport(error, outcome, run);
    const told = showReport({ ...report, undoneShown: ui.interactive }, ui.style);
    ui.print(`\n${told}`, showReport(report, ui.style));
    ui.result({ schema: 1, ...report });
    if (outcome.notUndone.length > 0) return EXIT.notUndone;
    return error instanceof SetupError ? error.exitCode : EXIT.failed;
  }
}

/** Beside the journal in the tree. */
function leaveScript(host: Host, platform: Platform, there: readonly Change[]): void {
  const script = Buffer.from(finishScript(there), 'latin1');
  host.write(finishPath(platform), script, { mode: 0o700 });
}

/** From a wish to a changed and proved host: plan, show, confirm, apply, report; undone where a step fails. */
import { beginRun, type Run } from '../apply/run.ts';
import type { Host } from '../host/host.ts';
import { EXIT, SetupError } from '../host/setup-error.ts';
import { buildPlan } from '../plan/build-plan.ts';
import type { Change, Plan } from '../plan/change.ts';
import { gatherFacts, type HostFacts } from '../plan/facts.ts';
import { openTemplates } from '../plan/package-files.ts';
import type { Wish } from '../plan/wish.ts';
import type { Answers } from '../questions/questions.ts';
import { planJson } from '../ui/plan-json.ts';
import type { Progress } from '../ui/progress.ts';
import { showDiffs, showNotes, showPlan, showTotals } from '../ui/show-plan.ts';
import { briefly, showReport } from '../ui/show-report.ts';
import { PLAIN } from '../ui/style.ts';
import type { CommandContext } from './command.ts';
import { respectOthersEdits } from './edited-by-others.ts';
import { respectPredecessor } from './respect-predecessor.ts';
import { respectConflicts } from './respect-conflicts.ts';
import { saveLastAnswers } from './last-answers.ts';
import { failureReport, successReport } from './report.ts';
import { shownFiles } from './shown-files.ts';
import { unreadWarnings } from './unread.ts';

export interface Undertaking {
  readonly facts: HostFacts;
  readonly wish: Wish;
  /** Kept for the next run; `milters` as they are on afterwards. */
  readonly answers: Answers;
  /** The command that does the same again. */
  readonly repeat: string;
}

/** @returns the exit code; failures of a step are reported, undone and told by it */
export async function carryOut(context: CommandContext, undertaking: Undertaking): Promise<number> {
  const { host, options, ui } = context;
  const { facts, wish, answers, repeat } = undertaking;
  const started = performance.now();
  respectPredecessor(context, facts, wish);
  const inputs = { templates: openTemplates(options.templates), nonce: Date.now().toString(36) };
  const plan = withUnread(host, buildPlan(host, facts, wish, inputs));
  const only = options.dryRun || plan.changes.length === 0;
  ui.print(showPlan(plan, ui.style), only ? showTotals(plan) : '');
  context.log.add(showPlan(plan, PLAIN));
  if (only) {
    ui.result(planJson(plan));
    return plan.changes.length === 0 && !host.unread?.size ? EXIT.ok : EXIT.pending;
  }
  refuseWithoutRoot(context, repeat);
  await respectConflicts(context, facts, wish);
  await respectOthersEdits(context, facts.platform.stateDirectory, plan);
  if (!(await ui.confirm('Apply this plan?', false))) {
    ui.print('Nothing has been changed.');
    return EXIT.cancelled;
  }

  const progress = ui.progress();
  const run = beginRun(host, {
    stateDirectory: facts.platform.stateDirectory,
    verb: context.verb === '' ? 'setup' : context.verb,
    version: context.version,
    events: progress.report,
    log: context.log,
    signal: context.signal,
  });
  try {
    const done = await applyInStages(context, run, progress, plan, () =>
      buildAgain(context, wish, inputs),
    );
    saveLastAnswers(host, facts.platform, answers);
    run.finish();
    await progress.finish();
    const report = successReport(
      facts,
      run,
      done,
      performance.now() - started,
      repeat,
      shownFiles(host, facts, wish),
    );
    // What was done has been shown step by step.
    ui.print(showReport({ ...report, done: [] }, ui.style), showReport(briefly(report), ui.style));
    ui.result({ schema: 1, ...report });
    return report.status === 'incomplete' ? EXIT.pending : EXIT.ok;
  } catch (error) {
    const outcome = await run.rollBack({ packages: false, signal: context.urgentSignal });
    await progress.finish();
    const report = failureReport(error, outcome, run);
    const told = showReport(report, ui.style);
    ui.print(told, told);
    ui.result({ schema: 1, ...report });
    if (outcome.notUndone.length > 0) return EXIT.notUndone;
    return error instanceof SetupError ? error.exitCode : EXIT.failed;
  }
}

/** Packages bring the files that the rest of the plan edits: after them the host is read and the plan made again. */
async function applyInStages(
  { host, ui, log }: CommandContext,
  run: Run,
  progress: Progress,
  plan: Plan,
  again: () => Promise<Plan>,
): Promise<readonly Change[]> {
  const packages = plan.changes.filter((change) => change.phase === 'packages');
  if (packages.length === 0 || !host.runs) {
    // On a tree a package's own files never come: what is only known then stays a command and a note.
    const possible = plan.changes.filter(
      (change) => change.kind !== 'write-file' || change.comesWith === undefined,
    );
    await run.apply(possible);
    return possible;
  }
  await run.apply(packages);
  const rest = await again();
  // yum is content with what it finds; asked for the others alone it says that they are missing.
  await run.apply(rest.changes.filter((change) => change.phase === 'packages'));
  await progress.finish();
  log.add(showPlan(rest, PLAIN));
  ui.print(`The packages are there. Now the files as they are:\n\n${showDiffs(rest, ui.style)}`);
  const news = rest.notes.filter((note) => !plan.notes.includes(note));
  if (news.length > 0) ui.print(showNotes(news, ui.style));
  await run.apply(rest.changes);
  return [...packages, ...rest.changes];
}

async function buildAgain(
  { host, options }: CommandContext,
  wish: Wish,
  inputs: Parameters<typeof buildPlan>[3],
): Promise<Plan> {
  return buildPlan(host, await gatherFacts(host, options.platform), wish, inputs);
}

/** Says what the plan does not know because this user may not read it. */
function withUnread(host: Host, plan: Plan): Plan {
  return { ...plan, notes: [...plan.notes, ...unreadWarnings(host)] };
}

function refuseWithoutRoot({ host }: CommandContext, repeat: string): void {
  if (host.writable) return;
  throw new SetupError({
    code: 'not-root',
    message: 'changing this host needs root',
    hint: `sudo ${repeat}\nor add --dry-run to look only`,
    exitCode: EXIT.notPermitted,
  });
}

/** From a wish to a changed and proved host: plan, show, confirm, apply, report; undone where a step fails. */
import type { Run } from '../../apply/run.ts';
import { buildPlan, type PlanInputs } from '../../plan/build-plan.ts';
import type { Change, Plan, WriteFile } from '../../change/change.ts';
import { gatherFacts } from '../../plan/facts.ts';
import type { Wish } from '../../plan/wish.ts';
import type { Progress } from '../../ui/progress.ts';
import { showFiles } from '../../ui/show-brief.ts';
import { showDiffs, showNotes, showPlan } from '../../ui/show-plan.ts';
import { PLAIN } from '../../ui/style.ts';
import type { CommandContext } from '../command.ts';
import { applyAndReport } from './apply-and-report.ts';
import { decide, type Undertaking } from './decide.ts';
import { saveLastAnswers } from '../answers/last-answers.ts';
import { shownFiles } from './shown-files.ts';

/** @returns the exit code; failures of a step are reported, undone and told by it */
export async function carryOut(context: CommandContext, undertaking: Undertaking): Promise<number> {
  const { host } = context;
  const decided = await decide(context, undertaking);
  if (typeof decided === 'number') return decided;
  const { plan, inputs } = decided;
  const { facts, wish, answers, repeat } = decided.undertaking;
  return await applyAndReport(
    context,
    { facts, repeat, shown: () => shownFiles(host, facts, wish) },
    async (run, progress) => {
      const done = await applyInStages(context, run, progress, plan, () =>
        buildAgain(context, wish, inputs),
      );
      saveLastAnswers(host, facts.platform, answers);
      return done;
    },
  );
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
    // On a tree a package's own files never come: the report says which files wait for them.
    const possible = plan.changes.filter((change) => !isProvisional(change));
    run.postpone(plan.changes.filter(isProvisional));
    await run.apply(possible);
    return possible;
  }
  await run.apply(packages);
  const rest = await again();
  // yum is content with what it finds; asked for the others alone it says that they are missing.
  await run.apply(rest.changes.filter((change) => change.phase === 'packages'));
  await progress.finish();
  log.add(showPlan(rest, PLAIN));
  ui.print(`The packages are there. Now the files as they are:\n\n${filesNow(rest, ui)}`);
  const news = rest.notes.filter((note) => !plan.notes.includes(note));
  if (news.length > 0) ui.print(showNotes(news, ui.style));
  await run.apply(rest.changes);
  return [...packages, ...rest.changes];
}

const isProvisional = (change: Change): change is WriteFile =>
  change.kind === 'write-file' && change.comesWith !== undefined;

/** Somebody who watches has agreed to the settings: how much of each file they are is enough. */
function filesNow(plan: Plan, { interactive, style }: CommandContext['ui']): string {
  return interactive ? `${showFiles(plan.changes, style)}\n` : showDiffs(plan, style);
}

async function buildAgain(
  { host, options }: CommandContext,
  wish: Wish,
  inputs: PlanInputs,
): Promise<Plan> {
  return buildPlan(host, await gatherFacts(host, options.platform), wish, inputs);
}

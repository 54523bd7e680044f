/** What is not as our last run left it, and how it becomes so again. */
import { SetupError } from '../../host/setup-error.ts';
import { buildPlan } from '../../plan/build-plan.ts';
import type { Plan } from '../../change/change.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { openTemplates } from '../../plan/package-files.ts';
import { showDiffs } from '../../ui/show-plan.ts';
import { carryOut } from '../run/carry-out.ts';
import { asAnswered } from './change-settings.ts';
import type { CommandContext } from '../command.ts';
import type { Undertaking } from '../run/decide.ts';
import { editedByOthers } from '../run/edited-by-others.ts';
import { gatherAnswers } from '../answers/gather-answers.ts';

export interface Drift {
  readonly undertaking: Undertaking;
  readonly plan: Plan;
  /** Files that somebody changed since our last run. */
  readonly edited: readonly string[];
}

/** What a run with the last answers would change; undefined where the host is as that run left it. */
export async function findDrift(
  context: CommandContext,
  facts: HostFacts,
  enabled: readonly string[],
): Promise<Drift | undefined> {
  const { host, options } = context;
  const { answers } = await gatherAnswers(context, facts, [], { milters: enabled });
  const undertaking = asAnswered(context, facts, enabled, answers);
  const inputs = { templates: openTemplates(options.templates), nonce: '' };
  let plan: Plan;
  try {
    plan = buildPlan(host, facts, undertaking.wish, inputs);
  } catch (error) {
    // A file that cannot be edited any more is for `doctor`; the other actions need not it.
    if (error instanceof SetupError) return undefined;
    throw error;
  }
  if (plan.changes.length === 0) return undefined;
  const edited = editedByOthers(context, facts.platform.stateDirectory, plan);
  return { undertaking: { ...undertaking, repairs: edited }, plan, edited };
}

/** The diffs of what somebody changed are shown before anything is asked. */
export async function repairDrift(
  context: CommandContext,
  { undertaking, plan, edited }: Drift,
): Promise<number> {
  const { ui } = context;
  if (edited.length > 0) {
    const changes = plan.changes.filter(
      (change) => change.kind === 'write-file' && edited.includes(change.path),
    );
    ui.print(
      `\nChanged by somebody since the last run; this puts our settings back, and leaves the rest:\n\n` +
        showDiffs({ changes, notes: [] }, ui.style),
    );
  }
  return await carryOut(context, undertaking);
}

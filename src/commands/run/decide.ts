/** From a wish to a plan that somebody agreed to. */
import { SetupError, EXIT } from '../../host/setup-error.ts';
import { anyExists } from '../../host/any-exists.ts';
import type { Host } from '../../host/host.ts';
import { buildPlan, type PlanInputs } from '../../plan/build-plan.ts';
import type { Plan, Requirement } from '../../change/change.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { openTemplates } from '../../plan/package-files.ts';
import { packageSize } from '../../plan/package-size.ts';
import { removedBy, withRemovals } from '../../plan/removals.ts';
import type { Wish } from '../../plan/wish.ts';
import type { Answers } from '../../questions/questions.ts';
import { planJson } from '../../ui/plan-json.ts';
import { showPlan, showTotals } from '../../ui/show-plan.ts';
import { PLAIN } from '../../ui/style.ts';
import type { CommandContext } from '../command.ts';
import { preFlight, withProblems } from './pre-flight.ts';
import { respectOthersEdits } from './edited-by-others.ts';
import { respectConflicts } from './respect-conflicts.ts';
import { respectPredecessor } from './respect-predecessor.ts';
import { reviewPlan } from './review-plan.ts';
import { settlePackages } from './settle-packages.ts';
import { unreadWarnings } from './unread.ts';

export interface Undertaking {
  readonly facts: HostFacts;
  readonly wish: Wish;
  /** Kept for the next run; `milters` as they are on afterwards. */
  readonly answers: Answers;
  /** The command that does the same again. */
  readonly repeat: string;
  /** Asks the questions again, with these answers suggested; not given where none were asked. */
  readonly edit?: () => Promise<Undertaking>;
  /** Milters that do the same work were agreed to when they were chosen. */
  readonly conflictsSettled?: boolean;
  /** Files that somebody changed since our last run, and that are to be edited all the same. */
  readonly repairs?: readonly string[];
}

export interface Decided {
  readonly undertaking: Undertaking;
  readonly plan: Plan;
  readonly inputs: PlanInputs;
}

/** @returns what is to be carried out, or the exit code where nothing is */
export async function decide(
  context: CommandContext,
  first: Undertaking,
): Promise<Decided | number> {
  const { host, options, ui } = context;
  const nonce = Date.now().toString(36);
  const inputs = { templates: openTemplates(options.templates), nonce };
  let undertaking = first;
  for (;;) {
    const { facts, wish, repeat, edit } = undertaking;
    respectPredecessor(context, facts, wish);
    const planned = buildPlan(host, facts, wish, inputs);
    const removed = await removedBy(host, facts.platform, planned);
    const built = withUnread(host, withRemovals(host, facts.platform, planned, removed));
    const before = await preFlight(context, facts, wish, built);
    const plan = withProblems(built, before);
    const asks = ui.interactive && !options.dryRun && plan.changes.length > 0;
    const only = options.dryRun || plan.changes.length === 0;
    if (!asks) ui.print(showPlan(plan, ui.style), only ? showTotals(plan) : '');
    context.log.add(showPlan(plan, PLAIN));
    if (only) {
      ui.result(planJson(plan));
      return plan.changes.length === 0 && !host.unread?.size ? EXIT.ok : EXIT.pending;
    }
    before.stopForErrors();
    if (asks) {
      const setup = {
        packages: await packageSize(host, facts.platform, plan),
        manager: facts.platform.managerService,
        defaultAction: wish.defaultAction,
        isMet: ({ anyOf }: Requirement) => anyExists(host, anyOf),
      };
      const decision = await reviewPlan(context, plan, setup, edit !== undefined);
      if (decision === 'edit') {
        undertaking = await edit!();
        continue;
      }
      if (decision === 'quit') return leave(context);
    }
    refuseWithoutRoot(context, repeat);
    if (undertaking.conflictsSettled !== true) await respectConflicts(context, facts, wish);
    const { stateDirectory } = facts.platform;
    await respectOthersEdits(context, stateDirectory, plan, undertaking.repairs);
    // Without a terminal --yes says so; where it is not given nobody can.
    if (!asks && !(await ui.confirm('Apply this plan?', false))) return leave(context);
    const settled = await settlePackages(context, facts.platform, plan, removed);
    return { undertaking, plan: settled, inputs };
  }
}

function leave({ ui }: CommandContext): number {
  ui.print('Nothing has been changed.');
  return EXIT.cancelled;
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

/** Doctor's checks of what would break a run half-way, before anything is changed. */
import { BEFORE_APPLY } from '../../doctor/checks.ts';
import { examine } from '../../doctor/examine.ts';
import { type Listener, readDoctorFacts } from '../../doctor/facts.ts';
import type { Finding } from '../../doctor/finding.ts';
import { SetupError } from '../../host/setup-error.ts';
import type { Plan } from '../../change/change.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { keepsSettings } from '../../plan/kept-milters.ts';
import type { Wish } from '../../plan/wish.ts';
import { problemLine, remedyLines, typedAs } from '../../ui/show-findings.ts';
import type { CommandContext } from '../command.ts';

export interface PreFlight {
  readonly problems: readonly Finding[];
  /** @throws SetupError `pre-flight` where an error was found, unless with --force */
  stopForErrors(): void;
}

/** Nothing is looked at where nothing is to be done. */
export async function preFlight(
  { host, options, program }: CommandContext,
  facts: HostFacts,
  wish: Wish,
  plan: Plan,
): Promise<PreFlight> {
  const read = readDoctorFacts(host, facts, { written: [], changed: [] });
  const listeners = listenersAfter(facts, wish, read.listeners);
  const findings =
    plan.changes.length === 0
      ? []
      : // The manager as it is now is not what will be: the plan sets it up.
        await examine(host, { ...read, listeners, managerInstalled: false }, BEFORE_APPLY);
  const problems = typedAs(findings, program).filter(
    ({ grade }) => grade === 'error' || grade === 'warning',
  );
  return {
    problems,
    stopForErrors() {
      const errors = problems.filter(({ grade }) => grade === 'error');
      if (errors.length === 0 || options.force) return;
      throw new SetupError({
        code: 'pre-flight',
        message: errors.map(({ title, evidence }) => [title, ...evidence].join('\n  ')).join('\n'),
        hint: [
          ...errors.flatMap(({ fix }) => fix.flatMap(remedyLines)),
          'Nothing has been changed. --force goes on all the same.',
        ].join('\n'),
      });
    },
  };
}

/** The plan with them among its notes. */
export function withProblems(plan: Plan, { problems }: PreFlight): Plan {
  return { ...plan, notes: [...plan.notes, ...problems.map(problemLine)] };
}

/** Who listens where once the plan is carried out: what it sets up gets a socket of ours. */
function listenersAfter(
  facts: HostFacts,
  wish: Wish,
  now: readonly Listener[],
): readonly Listener[] {
  const set = facts.milters.flatMap(({ milter: { name }, setup, detected }): Listener[] => {
    if (!setup || !wish.on.includes(name) || keepsSettings(facts, wish, name)) return [];
    const service = detected?.service ?? setup.services.at(-1)?.name;
    return [{ name, spec: setup.connectionSpec, source: undefined, service }];
  });
  const { platform, managerSpec: spec } = facts;
  const manager: Listener = {
    ...{ name: 'the milter manager', spec },
    ...{ source: undefined, service: platform.managerService },
  };
  const gone = [...wish.off, manager.name, ...set.map(({ name }) => name)];
  return [...now.filter(({ name }) => !gone.includes(name)), ...set, manager];
}

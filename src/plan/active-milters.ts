/**
 * The one list: whom the manager asks once the plan is carried out, and what to expect of each. Accounts, proofs, the
 * lists of main.cf and the notes come from it.
 */
import type { DetectedMilter } from '../detect/detected.ts';
import { listensAt } from '../detect/listening.ts';
import type { HostReader } from '../host/host.ts';
import type { EffectiveConfiguration, ManagedMilter } from '../manager-config/effective.ts';
import type { Requirement } from '../change/change.ts';
import type { HostFacts, MilterFacts } from './facts.ts';
import { ANY_ANSWER } from './kept-milters.ts';
import type { Wish } from './wish.ts';

/** A milter that filters mail after the plan. */
export interface ActiveMilter {
  readonly name: string;
  readonly connectionSpec: string;
  readonly expect: string;
  readonly patience: number;
  readonly requires: Requirement | undefined;
  readonly signs: boolean;
  /** Set up by hand: what it does to a test mail is not known. */
  readonly kept: boolean;
  /** Whose settings are on the host: ours, of somebody whose milter Postfix asked, of one that nobody asked, or no file's. */
  readonly standing: 'ours' | 'kept' | 'found' | 'own';
  /** It was so before, or nobody asked it: that is said, and no error. */
  readonly mayBeDown?: true;
}

/** The host after the plan, as its files tell. */
export interface AfterPlan {
  readonly detected: readonly DetectedMilter[];
  readonly manager: Pick<EffectiveConfiguration, 'manager' | 'milters'>;
}

type Unknown = Pick<ActiveMilter, 'expect' | 'patience' | 'requires' | 'signs' | 'kept'>;
const UNKNOWN: Unknown = {
  expect: ANY_ANSWER,
  patience: 10,
  requires: undefined,
  signs: false,
  kept: true,
};

/** In the order of our milters, then of those that detection alone knows, then of those that the ini alone names. */
export function activeMilters(
  host: HostReader,
  facts: HostFacts,
  wish: Pick<Wish, 'on' | 'off' | 'setUpBefore'>,
  { detected, manager }: AfterPlan,
): readonly ActiveMilter[] {
  const names = new Set([
    ...facts.milters.map(({ milter }) => milter.name),
    ...manager.milters.map(({ name }) => name),
  ]);
  return [...names].flatMap((name): ActiveMilter[] => {
    const managed = manager.milters.find((each) => each.name === name);
    const found = detected.find((each) => each.name === name);
    const ours = facts.milters.find(({ milter }) => milter.name === name);
    const chosen = wish.on.includes(name) && ours?.setup !== undefined;
    if (wish.off.includes(name) || isLeftOut(manager, managed)) return [];
    if (!chosen && managed?.enabled !== true) return [];
    // A socket that the ini sets counts more than what detection finds.
    const connectionSpec =
      managed?.spec ?? found?.connectionSpec ?? (chosen ? ours.setup.connectionSpec : undefined);
    if (connectionSpec === undefined) return [];
    return [{ name, connectionSpec, ...standingOf(host, facts, wish, { name, ours, found }) }];
  });
}

/** Whether the ini keeps the manager from asking it, whatever the system starts. */
function isLeftOut({ manager }: AfterPlan['manager'], managed: ManagedMilter | undefined): boolean {
  if (managed === undefined) return !manager.detect;
  return !managed.enabled && managed.line('enabled') !== undefined;
}

interface Standing {
  readonly name: string;
  readonly ours: MilterFacts | undefined;
  readonly found: DetectedMilter | undefined;
}

function standingOf(
  host: HostReader,
  facts: HostFacts,
  wish: Pick<Wish, 'on' | 'setUpBefore'>,
  { name, ours, found }: Standing,
): Omit<ActiveMilter, 'name' | 'connectionSpec'> {
  const setup = ours?.setup;
  const chosen = wish.on.includes(name);
  if (setup && (chosen || wish.setUpBefore?.includes(name))) {
    const { expect, patience, requires } = setup;
    const kept = setup.kept === true;
    const signs = setup.signs === true;
    const known = { expect, patience, requires, signs, kept };
    return {
      ...known,
      standing: kept ? 'kept' : 'ours',
      ...(kept && down(host, facts, name, chosen)),
    };
  }
  if (found === undefined) return { ...UNKNOWN, standing: 'own', mayBeDown: true };
  return facts.asked.some((each) => each.name === name)
    ? { ...UNKNOWN, standing: 'kept', ...down(host, facts, name, false) }
    : { ...UNKNOWN, standing: 'found', mayBeDown: true };
}

/** One that did not answer before is no reason to take the rest back; one that the plan starts has to. */
function down(
  host: HostReader,
  facts: HostFacts,
  name: string,
  chosen: boolean,
): { readonly mayBeDown?: true } {
  const before = facts.detected.find((each) => each.name === name);
  if (before === undefined) return {};
  const runs = !facts.knowsRunning || facts.running.has(before.service);
  if (!runs) return chosen ? {} : { mayBeDown: true };
  const { connectionSpec: spec } = before;
  return spec !== undefined && listensAt(host, spec) === false ? { mayBeDown: true } : {};
}

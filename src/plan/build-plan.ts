/** Facts and wishes -> the plan, in the order in which it is carried out. Reads the host, changes nothing. */
import { detectMilters } from '../milters/detect-milters.ts';
import type { HostReader } from '../host/host.ts';
import { effectiveConfiguration } from '../manager-config/effective.ts';
import { planAccounts } from './accounts.ts';
import { activeMilters, type ActiveMilter } from './active-milters.ts';
import { PHASES, type Change, type Plan } from '../change/change.ts';
import { conflictsOf } from './conflicts.ts';
import { planDirectories } from './directories.ts';
import type { HostFacts } from './facts.ts';
import { groupsToReach, keptNotes, withdrawnNotes } from './kept-milters.ts';
import { managerDirectories } from './manager.ts';
import { manualDirectories } from './manuals.ts';
import { foundNotes, leavesLists } from './leaves-lists.ts';
import { planMta, type MtaPlan } from './mta.ts';
import type { Templates } from './package-files.ts';
import { planPackages } from './packages.ts';
import { withPlannedFiles } from './planned-files.ts';
import { predecessorNotes } from './predecessor-off.ts';
import { planRegistration } from './preparations.ts';
import { planProofs } from './proofs.ts';
import { mailerDirectories, planSendmailStop } from './sendmail.ts';
import { planTaskFiles } from './task-files.ts';
import { planTaskServices } from './task-services.ts';
import { readTask, type Task } from './task.ts';
import type { Wish } from './wish.ts';

export interface PlanInputs {
  readonly templates: Templates;
  /** Makes the senders of the proofs new each time. */
  readonly nonce: string;
}

/** The whole plan; without changes where the host is as wished. @throws SetupError `cannot-edit`, `no-template` */
export function buildPlan(
  host: HostReader,
  found: HostFacts,
  wish: Wish,
  { templates, nonce }: PlanInputs,
): Plan {
  const task = readTask(host, found, wish);
  const { facts, chosen, settingUp, takingOver, taken } = task;
  const files = planTaskFiles(host, task, templates);
  const later = withPlannedFiles(host, files.planned);
  const detected = detectMilters(later, facts.release.platform).milters;
  const manager = effectiveConfiguration(later, facts.platform, detected, facts.managerSpec);
  const active = activeMilters(host, facts, wish, { detected, manager });
  const listed = leavesLists(facts, wish, active);
  const mta = settingUp ? planTaskMta(host, task, active, listed.takeOut, templates) : NO_MTA;
  const accounts = settingUp ? planTaskAccounts(host, task, active) : [];
  const services = planTaskServices(host, task, files, accounts.length > 0);
  const setups = chosen.map(({ setup }) => setup);
  const changes: readonly Change[] = [
    ...planPackages(host, facts, setups),
    ...accounts,
    ...(settingUp ? planTaskDirectories(host, task, [...files.writes, ...mta.changes]) : []),
    ...(settingUp ? planSendmailStop(host, facts) : []),
    ...services.stops,
    ...services.restartsOnUndo,
    ...files.writes.filter(({ path }) => !isWritten(services.manager, path)),
    ...files.checks,
    ...planRegistration(facts.platform, files.writes),
    ...services.children,
    ...services.predecessor.filter(({ phase }) => phase === 'services'),
    ...services.manager,
    ...mta.changes,
    ...services.predecessor.filter(({ phase }) => phase === 'mta'),
  ];
  const notes = [
    ...conflictsOf(facts, wish),
    ...(takingOver ? predecessorNotes(facts) : []),
    ...taken.notes,
    ...keptNotes(facts, wish),
    ...withdrawnNotes(facts, wish),
    ...(settingUp ? [...foundNotes(facts, active), ...listed.notes] : []),
    ...facts.warnings,
    ...files.notes,
    ...mta.notes,
  ];
  if (changes.length === 0) return { changes: [], notes };
  const proofs = planProofs(facts, active, wish.off, nonce);
  return { changes: inOrder([...changes, ...proofs]), notes };
}

const NO_MTA: MtaPlan = { changes: [], notes: [] };

function planTaskMta(
  host: HostReader,
  { facts, takingOver, values }: Task,
  active: readonly ActiveMilter[],
  takeOut: readonly string[],
  templates: Templates,
): MtaPlan {
  const former = takingOver ? (facts.predecessor?.specs ?? []) : [];
  const behind = {
    specs: former.map(({ value }) => value),
    elements: takeOut,
    names: active.map(({ name }) => name),
    signing: active.some(({ signs, kept }) => signs && !kept),
  };
  return planMta(host, facts, behind, values, templates);
}

function planTaskAccounts(
  host: HostReader,
  { facts, chosen }: Task,
  active: readonly ActiveMilter[],
): ReturnType<typeof planAccounts> {
  const others = active.filter(({ name }) => !chosen.some(({ milter }) => milter.name === name));
  return planAccounts(host, facts, [
    ...new Set(chosen.flatMap(({ setup }) => setup.groups)),
    ...others.flatMap(({ name, connectionSpec }) => {
      const usual = facts.milters.find(({ milter }) => milter.name === name)?.setup?.groups ?? [];
      return groupsToReach(host, connectionSpec, usual);
    }),
  ]);
}

/** @param writes a tree may lack the directories of files that need no package first */
function planTaskDirectories(
  host: HostReader,
  { facts, chosen }: Task,
  writes: readonly Change[],
): ReturnType<typeof planDirectories> {
  const wanted = [
    ...chosen.flatMap(({ setup }) => setup.directories),
    ...managerDirectories(facts.platform),
    ...manualDirectories(host, facts),
    ...mailerDirectories(host, facts),
  ];
  const now = writes.flatMap((change) =>
    change.kind === 'write-file' && change.comesWith === undefined ? [change.path] : [],
  );
  return planDirectories(host, wanted, facts.knowsRunning ? [] : now);
}

/** Whether one of the changes writes the file, in a place of its own in the order. */
function isWritten(changes: readonly Change[], path: string): boolean {
  return changes.some((change) => change.kind === 'write-file' && change.path === path);
}

/** By phase, and within a phase as they are. */
function inOrder(changes: readonly Change[]): readonly Change[] {
  return PHASES.flatMap((phase) => changes.filter((change) => change.phase === phase));
}

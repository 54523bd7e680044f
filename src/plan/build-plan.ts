/** Facts and wishes -> the plan, in the order in which it is carried out. Reads the host, changes nothing. */
import { detectMilters } from '../milters/detect-milters.ts';
import type { DetectedMilter } from '../detect/detected.ts';
import type { HostReader } from '../host/host.ts';
import { planAccounts } from './accounts.ts';
import { activeMilters, ownMilter, type ActiveMilter } from './active-milters.ts';
import { PHASES, type Change, type Plan } from '../change/change.ts';
import { conflictsOf } from './conflicts.ts';
import { planDirectories } from './directories.ts';
import type { HostFacts } from './facts.ts';
import { groupsOfOthers, keptNotes, withdrawnNotes } from './kept-milters.ts';
import { managerDirectories } from './manager.ts';
import { manualDirectories } from './manuals.ts';
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
  const detected = detectMilters(
    withPlannedFiles(host, files.planned),
    facts.release.platform,
  ).milters;
  const active = [...activeMilters(facts, wish, detected), ...taken.own.map(ownMilter)];
  const mta = settingUp ? planTaskMta(host, task, active, detected, templates) : NO_MTA;
  const accounts = settingUp ? planTaskAccounts(host, task) : [];
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
  { facts, wish, takingOver, values }: Task,
  active: readonly ActiveMilter[],
  detected: readonly DetectedMilter[],
  templates: Templates,
): MtaPlan {
  const former = takingOver ? (facts.predecessor?.specs ?? []) : [];
  const behind = {
    specs: [
      ...former.map(({ value }) => value),
      ...socketsBehindManager(active, detected, wish.off),
    ],
    signing: active.some(({ signs, kept }) => signs && !kept),
  };
  return planMta(host, facts, behind, values, templates);
}

/** The sockets of all milters behind the manager, ours and those that it finds beside them. */
function socketsBehindManager(
  active: readonly ActiveMilter[],
  detected: readonly DetectedMilter[],
  off: readonly string[],
): readonly string[] {
  const found = detected.filter((each) => each.enabled && !off.includes(each.name));
  const specs = [...active, ...found].map((each) => each.connectionSpec);
  return [...new Set(specs.filter((spec) => spec !== undefined))];
}

function planTaskAccounts(
  host: HostReader,
  { facts, wish, chosen, taken }: Task,
): ReturnType<typeof planAccounts> {
  const own = taken.own.map(({ connectionSpec }) => connectionSpec);
  return planAccounts(host, facts, [
    ...new Set(chosen.flatMap(({ setup }) => setup.groups)),
    ...groupsOfOthers(host, facts, wish, own),
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

/** Facts and wishes -> the plan, in the order in which it is carried out. Reads the host, changes nothing. */
import { detectMilters } from '../detect/detect.ts';
import type { DetectedMilter } from '../detect/detected.ts';
import type { HostReader } from '../host/host.ts';
import type { MilterSetup } from '../milters/milter.ts';
import { planAccounts } from './accounts.ts';
import { activeMilters, ownMilter, type ActiveMilter } from './active-milters.ts';
import { PHASES, type Change, type Plan, type RunCommands, type WriteFile } from './change.ts';
import { fallbacksAsBefore, iniSettings } from './child-sections.ts';
import { conflictsOf } from './conflicts.ts';
import { planDirectories } from './directories.ts';
import type { HostFacts, MilterFacts } from './facts.ts';
import {
  managerDirectories,
  managerFiles,
  managerService,
  managerValues,
  planPrograms,
} from './manager.ts';
import { planMta } from './mta.ts';
import { groupsOfOthers, keptNotes, withKeptMilters } from './kept-milters.ts';
import type { Templates } from './package-files.ts';
import { planPackages, planRemovals } from './packages.ts';
import { planPreparations, planRegistration } from './preparations.ts';
import { withPlannedFiles } from './planned-files.ts';
import { planPredecessorOff, predecessorFlags, predecessorNotes } from './predecessor-off.ts';
import { planProofs } from './proofs.ts';
import { mailerDirectories, mailerFiles, planSendmailStop } from './sendmail.ts';
import { planServiceOff, planServiceOn, restartOnUndo } from './services.ts';
import { planFiles, type WantedSettings } from './settings.ts';
import { planSwitches } from './switches.ts';
import { NOTHING_TAKEN, takeOver } from './take-over.ts';
import { templateValues, type Wish } from './wish.ts';

export interface PlanInputs {
  readonly templates: Templates;
  /** Makes the senders of the proofs new each time. */
  readonly nonce: string;
}

const TAKEN_WHY =
  'What the C milter-manager was told goes on; behind each setting stands where it was found.';
const FALLBACKS_WHY = 'While one of them is down, the same happens to mail as before.';

interface ChosenMilter extends MilterFacts {
  readonly setup: MilterSetup;
}

/** The whole plan; without changes where the host is as wished. @throws SetupError `cannot-edit`, `no-template` */
export function buildPlan(
  host: HostReader,
  found: HostFacts,
  wish: Wish,
  { templates, nonce }: PlanInputs,
): Plan {
  const facts = withKeptMilters(host, found, wish);
  const { platform } = facts;
  // The documents' order, SpamAssassin first; that of `milters` is the one in which mail meets them.
  const chosen = facts.milters
    .filter(
      (each): each is ChosenMilter =>
        each.setup !== undefined && wish.on.includes(each.milter.name),
    )
    .toReversed();
  const takingOver = wish.takeOver === true && facts.predecessor?.inUse === true;
  const taken = takingOver ? takeOver(facts, facts.detected) : NOTHING_TAKEN;
  const off = facts.milters.filter(({ milter }) => wish.off.includes(milter.name));
  const settingUp = chosen.length > 0 || takingOver;
  const values = { ...templateValues(wish), ...managerValues(facts) };

  const manager = managerFiles(platform);
  const wanted: readonly WantedSettings[] = settingUp
    ? [
        ...chosen.flatMap(({ setup }) => setup.files),
        ...manager,
        ...iniSettings(platform, fallbacksAsBefore(facts, wish), FALLBACKS_WHY),
        ...iniSettings(platform, taken.settings, TAKEN_WHY),
        ...(takingOver ? predecessorFlags(host, facts) : []),
        ...mailerFiles(host, facts),
      ]
    : [];
  const files = planFiles(host, wanted, values, templates);
  const switches = planSwitches(host, facts, { on: chosen, off }, files.changes);
  const programs = settingUp ? planPrograms(host, facts) : [];
  const accounts = settingUp
    ? planAccounts(host, facts, [
        ...groupsOf(chosen),
        ...groupsOfOthers(
          host,
          facts,
          wish,
          taken.own.map(({ connectionSpec }) => connectionSpec),
        ),
      ])
    : [];
  const written = new Set([...files.changes, ...programs].map((change) => change.path));

  const detected = detectMilters(
    withPlannedFiles(host, plannedTexts(files.changes)),
    facts.release.platform,
  ).milters;
  const active = [...activeMilters(facts, wish, detected), ...taken.own.map(ownMilter)];
  const mta = settingUp
    ? planMta(
        host,
        facts,
        {
          specs: [
            ...(takingOver ? facts.predecessor.specs.map(({ value }) => value) : []),
            ...socketsBehindManager(active, detected, wish.off),
          ],
          signing: active.some(({ signs, kept }) => signs && !kept),
        },
        values,
        templates,
      )
    : { changes: [], notes: [] };

  const stops = off.flatMap(({ setup }) => {
    const own = setup?.services.at(-1);
    return own ? planServiceOff(host, facts, own) : [];
  });
  const services = [
    ...chosen.flatMap((each) => [
      ...planPreparations(host, each, values),
      ...each.setup.services.flatMap((service) =>
        planServiceOn(host, facts, service, isReadBy(each.setup, service.name, written)),
      ),
    ]),
    ...planRemovals(
      facts,
      off.filter(({ milter }) => wish.remove.includes(milter.name)),
    ),
  ];
  const managerRestarts = [...manager, ...programs].some(({ path }) => written.has(path));
  const managerOn = settingUp
    ? planServiceOn(host, facts, managerService(platform), managerRestarts || accounts.length > 0)
    : [];
  const predecessorOff = takingOver ? planPredecessorOff(host, facts) : [];
  const children = [...switches.changes, ...stops, ...services];
  const reload = managerOn.length === 0 && children.length > 0 ? [reloadManager(facts)] : [];

  const changes: readonly Change[] = [
    ...planPackages(
      host,
      facts,
      chosen.map(({ setup }) => setup),
    ),
    ...accounts,
    ...(settingUp
      ? planDirectories(
          host,
          [
            ...chosen.flatMap(({ setup }) => setup.directories),
            ...managerDirectories(platform),
            ...mailerDirectories(host, facts),
          ],
          facts.knowsRunning ? [] : writtenNow([...files.changes, ...programs, ...mta.changes]),
        )
      : []),
    ...(settingUp ? planSendmailStop(host, facts) : []),
    ...stops,
    ...restartOnUndo(
      'on undo: restart what ran before',
      runningReaders(facts, chosen, written),
      'files',
    ),
    ...mergeWrites([...files.changes, ...switches.changes, ...programs]),
    ...checks(wanted, written),
    ...planRegistration(platform, written),
    ...services,
    ...predecessorOff.filter(({ phase }) => phase === 'services'),
    ...managerOn,
    ...reload,
    ...mta.changes,
    ...predecessorOff.filter(({ phase }) => phase === 'mta'),
  ];
  const notes = [
    ...conflictsOf(facts, wish),
    ...(takingOver ? predecessorNotes(facts) : []),
    ...taken.notes,
    ...keptNotes(facts, wish),
    ...facts.warnings,
    ...files.notes,
    ...mta.notes,
  ];
  if (changes.length === 0) return { changes: [], notes };
  const proofs = planProofs(facts, active, wish.off, nonce);
  return { changes: inOrder([...changes, ...proofs]), notes };
}

function groupsOf(chosen: readonly ChosenMilter[]): readonly string[] {
  return [...new Set(chosen.flatMap(({ setup }) => setup.groups))];
}

/** Files that need no package first. */
function writtenNow(changes: readonly Change[]): readonly string[] {
  return changes.flatMap((change) =>
    change.kind === 'write-file' && change.comesWith === undefined ? [change.path] : [],
  );
}

function plannedTexts(changes: readonly WriteFile[]): ReadonlyMap<string, string> {
  return new Map(
    changes.flatMap(({ path, after }) => (after === undefined ? [] : [[path, after] as const])),
  );
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

/** Whether the service reads one of the files that the plan writes. */
function isReadBy(setup: MilterSetup, service: string, written: ReadonlySet<string>): boolean {
  const own = setup.services.at(-1)?.name;
  return setup.files.some((file) => (file.service ?? own) === service && written.has(file.path));
}

function runningReaders(
  facts: HostFacts,
  chosen: readonly ChosenMilter[],
  written: ReadonlySet<string>,
): RunCommands['undo'] {
  return chosen
    .flatMap(({ setup }) =>
      setup.services
        .map((service) => service.name)
        .filter((name) => facts.running.has(name) && isReadBy(setup, name, written)),
    )
    .map((name) => facts.platform.services.restart(name));
}

function reloadManager(facts: HostFacts): RunCommands {
  const { services, managerService: name } = facts.platform;
  return {
    kind: 'service',
    phase: 'services',
    title: `reload ${name}`,
    why: 'It finds which milters are enabled now. main.cf stays as it is.',
    commands: [services.reload(name)],
    undo: [],
    subjects: [name],
    action: 'reload',
  };
}

function checks(
  wanted: readonly WantedSettings[],
  written: ReadonlySet<string>,
): readonly RunCommands[] {
  return wanted
    .filter((file) => written.has(file.path))
    .flatMap(({ path, check }): RunCommands[] =>
      check
        ? [
            {
              kind: 'check',
              phase: 'checks',
              title: `check ${path}`,
              why: 'The program that reads it says whether it is right.',
              commands: [check],
              undo: [],
              subjects: [path],
            },
          ]
        : [],
    );
}

/** The switch of a service in rc.conf takes the place of the edit that it stands on. */
function mergeWrites(changes: readonly WriteFile[]): readonly WriteFile[] {
  return changes.filter(
    ({ path, before }, index) =>
      !changes.slice(index + 1).some((later) => later.path === path && later.before === before),
  );
}

/** By phase, and within a phase as they are. */
function inOrder(changes: readonly Change[]): readonly Change[] {
  return PHASES.flatMap((phase) => changes.filter((change) => change.phase === phase));
}

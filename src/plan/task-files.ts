/** Every file that a task writes but main.cf, which comes last: settings, switches in rc.conf, programs. */
import type { HostReader } from '../host/host.ts';
import type { RunCommands, WriteFile } from '../change/change.ts';
import { fallbacksAsBefore, generalFallback, iniSettings } from './child-sections.ts';
import { managerFiles, planPrograms } from './manager.ts';
import { planManuals } from './manuals.ts';
import type { Templates } from './package-files.ts';
import { predecessorFlags } from './predecessor-off.ts';
import { mailerFiles } from './sendmail.ts';
import { planFiles, type WantedSettings } from './settings.ts';
import { planSwitches } from './switches.ts';
import type { Task } from './task.ts';

const TAKEN_WHY =
  'What the C milter-manager was told goes on; behind each setting stands where it was found.';
const FALLBACKS_WHY = 'While one of them is down, the same happens to mail as before.';

export interface TaskFiles {
  /** Settings, then switches, then programs and their manuals; one change for one path. */
  readonly writes: readonly WriteFile[];
  /** The programs that read what is written, run on it. */
  readonly checks: readonly RunCommands[];
  readonly notes: readonly string[];
  /** Texts by path, for detection to find what will be there. */
  readonly planned: ReadonlyMap<string, string>;
  /** Paths of settings and programs: what reads one must be restarted. */
  readonly written: ReadonlySet<string>;
  readonly programs: readonly WriteFile[];
  /** Whether a milter is turned on or off by a line of rc.conf. */
  readonly switched: boolean;
}

/** @throws SetupError `cannot-edit`, `no-template` */
export function planTaskFiles(host: HostReader, task: Task, templates: Templates): TaskFiles {
  const { facts, chosen, off, settingUp, values } = task;
  const wanted = settingUp ? wantedSettings(host, task) : [];
  const files = planFiles(host, wanted, values, templates);
  const switches = planSwitches(host, facts, { on: chosen, off }, files.changes);
  const programs = settingUp ? planPrograms(host, facts) : [];
  const manuals = settingUp ? planManuals(host, facts) : [];
  const written = new Set([...files.changes, ...programs].map(({ path }) => path));
  return {
    writes: mergeWrites([...files.changes, ...switches.changes, ...programs, ...manuals]),
    checks: checksOf(wanted, written),
    notes: files.notes,
    planned: plannedTexts(files.changes),
    written,
    programs,
    switched: switches.changes.length > 0,
  };
}

function wantedSettings(
  host: HostReader,
  { facts, wish, chosen, taken, takingOver }: Task,
): readonly WantedSettings[] {
  const { platform } = facts;
  return [
    ...chosen.flatMap(({ setup }) => setup.files),
    ...managerFiles(platform),
    ...iniSettings(platform, generalFallback(facts, wish), FALLBACKS_WHY),
    ...iniSettings(platform, fallbacksAsBefore(facts, wish), FALLBACKS_WHY),
    ...iniSettings(platform, taken.settings, TAKEN_WHY),
    ...(takingOver ? predecessorFlags(host, facts) : []),
    ...mailerFiles(host, facts),
  ];
}

function plannedTexts(changes: readonly WriteFile[]): ReadonlyMap<string, string> {
  return new Map(
    changes.flatMap(({ path, after }) => (after === undefined ? [] : [[path, after] as const])),
  );
}

/** The switch of a service in rc.conf takes the place of the edit that it stands on. */
function mergeWrites(changes: readonly WriteFile[]): readonly WriteFile[] {
  return changes.filter(
    ({ path, before }, index) =>
      !changes.slice(index + 1).some((later) => later.path === path && later.before === before),
  );
}

function checksOf(
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
              of: path,
            },
          ]
        : [],
    );
}

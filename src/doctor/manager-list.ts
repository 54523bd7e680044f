/** What the running manager asks, against what this host has it ask: it reads its configuration at start and at a reload. */
import type { EffectiveConfiguration } from '../manager-config/effective.ts';
import { type Check, NO_MANAGER, type Problem } from './finding.ts';
import { reloadManager, restart } from './repairs.ts';

export const managerList: Check = {
  id: 'manager-list',
  title: 'the running manager asks the milters of this host, and is the program that is installed',
  applies: ({ managerInstalled, ours }) => {
    if (!managerInstalled) return NO_MANAGER;
    return ours.told !== undefined || 'the manager tells nothing of itself';
  },
  look: (host, facts) => {
    const { manager, platform } = facts;
    const { milters: told, started } = facts.ours.told!;
    const here = enabledIn(manager).join(', ');
    const written = host.stat(platform.managerProgram)?.mtimeMs ?? 0;
    const evidence = [`it asks ${told.join(', ') || 'nobody'}; this host has ${here}`];
    const problem = (title: string): Problem => ({
      ...{ grade: 'error', title, evidence, fix: [reloadManager(facts)] },
    });
    return [
      ...staleIn(manager, told).map(problem),
      ...(started < written
        ? [
            {
              grade: 'warning' as const,
              title: 'the manager that runs is older than its program',
              evidence: [
                `${platform.managerProgram} was written ${isoOf(written)}, the manager started ${isoOf(started)}`,
              ],
              fix: [restart(facts, platform.managerService)],
            },
          ]
        : []),
    ];
  },
};

/** In what the running manager's list is not that of this host, a sentence each. @param told the names that it asks */
export function staleIn(
  manager: EffectiveConfiguration,
  told: readonly string[],
): readonly string[] {
  const here = enabledIn(manager);
  return [
    ...told
      .filter((name) => !here.includes(name))
      .map(
        (name) => `the manager still asks ${name}, which is off: its fallback counts for each mail`,
      ),
    ...here
      .filter((name) => !told.includes(name))
      .map((name) => `the manager does not ask ${name} yet: it was not reloaded`),
  ];
}

function enabledIn({ milters }: EffectiveConfiguration): readonly string[] {
  return milters.filter(({ enabled }) => enabled).map(({ name }) => name);
}

function isoOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
}

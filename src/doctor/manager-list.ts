/** What the running manager asks, against what this host has it ask: it reads its configuration at start and at a reload. */
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
    const here = manager.milters.filter(({ enabled }) => enabled).map(({ name }) => name);
    const gone = told.filter((name) => !here.includes(name));
    const unknown = here.filter((name) => !told.includes(name));
    const written = host.stat(platform.managerProgram)?.mtimeMs ?? 0;
    const evidence = [`it asks ${told.join(', ') || 'nobody'}; this host has ${here.join(', ')}`];
    const problem = (title: string): Problem => ({
      ...{ grade: 'error', title, evidence, fix: [reloadManager(facts)] },
    });
    return [
      ...gone.map((name) =>
        problem(`the manager still asks ${name}, which is off: its fallback counts for each mail`),
      ),
      ...unknown.map((name) =>
        problem(`the manager does not ask ${name} yet: it was not reloaded`),
      ),
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

function isoOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
}

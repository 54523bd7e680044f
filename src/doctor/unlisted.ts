/** Milters that are installed and enabled, and that the manager does not ask all the same. */
import type { DoctorFacts } from './facts.ts';
import { advice, type Check, NO_MANAGER, type Problem, run } from './finding.ts';
import { reloadManager, unsetIni } from './repairs.ts';

export const unlisted: Check = {
  id: 'unlisted-milters',
  title: 'the manager asks every milter that is enabled',
  applies: ({ managerInstalled }) => managerInstalled || NO_MANAGER,
  look: (_host, facts) => [
    ...facts.detected
      .filter(({ enabled }) => enabled)
      .flatMap((milter): readonly Problem[] => leftOut(facts, milter)),
    ...facts.manager.milters
      .filter(({ enabled, evaluation_mode }) => enabled && evaluation_mode)
      .map(({ name, line }): Problem => ({
        grade: 'info',
        title: `${name} is on trial: what it says is logged, and changes nothing`,
        evidence: [`${line('evaluation_mode')}: evaluation_mode = yes`],
        fix: [],
      })),
  ],
};

function leftOut(
  facts: DoctorFacts,
  { name, connectionSpec, sources }: DoctorFacts['detected'][number],
): readonly Problem[] {
  const { manager } = facts;
  const reload = reloadManager(facts);
  const child = manager.milters.find((each) => each.name === name);
  if (child?.enabled) return [];
  const by = sources.enabled ?? 'the system';
  const title = `${name} is enabled, and the manager does not ask it`;
  if (!manager.manager.detect && child === undefined) {
    const line = manager.line('detect')!;
    return [
      {
        grade: 'warning',
        title,
        evidence: [`${by}: enabled`, `${line}: detect is off`],
        fix: [unsetIni(facts, 'manager', 'detect'), reload],
      },
    ];
  }
  if (connectionSpec === undefined && child?.spec === undefined) {
    return [
      {
        grade: 'error',
        title: `${name} is enabled, but its configuration names no socket`,
        evidence: [`${by}: enabled`],
        fix: facts.milters.some(({ milter, setup }) => milter.name === name && setup)
          ? [run('milter-setup', 'add', name)]
          : [advice('Give it a socket in its own configuration, and restart it.')],
      },
    ];
  }
  const line = child?.line('enabled');
  return [
    {
      grade: 'warning',
      title,
      evidence: [`${by}: enabled`, ...(line ? [`${line}: enabled = no`] : [])],
      fix: line ? [unsetIni(facts, `milter.${name}`, 'enabled'), reload] : [reload],
    },
  ];
}

/** Our manager: there, running, and content with its configuration. */
import { type Host, readText } from '../host/host.ts';
import { advice, type Check, NO_MANAGER, NOTHING_RUNS, run } from './finding.ts';
import { start } from './repairs.ts';

export const managerRuns: Check = {
  id: 'manager',
  title: 'the milter manager is running',
  applies: () => true,
  look: (host, facts) => {
    const { managerInstalled, predecessor, platform, knowsRunning, running } = facts;
    const { managerService, managerProgram, services } = platform;
    if (!managerInstalled && predecessor?.inUse) {
      return [
        {
          grade: 'warning',
          title: 'the C milter-manager filters mail here, not ours',
          evidence: [predecessor.program ?? predecessor.service],
          fix: [run('milter-setup', '--take-over', 'yes')],
        },
      ];
    }
    if (!managerInstalled) {
      const evidence = [`there is no ${managerProgram}`];
      return [{ grade: 'error', title: NO_MANAGER, evidence, fix: [run('milter-setup')] }];
    }
    const node = knowsRunning ? missingNode(host, managerProgram) : undefined;
    if (node !== undefined) {
      return [
        {
          grade: 'error',
          title: 'the Node.js that runs the manager is gone: it does not start again',
          evidence: [`${managerProgram}:1: #!${node}`, `there is no ${node}`],
          fix: [run('milter-setup', '--yes')],
        },
      ];
    }
    if (!knowsRunning) {
      return [{ grade: 'skipped', title: managerRuns.title, evidence: [NOTHING_RUNS], fix: [] }];
    }
    if (running.has(managerService)) return [];
    const status = services.status(managerService).argv.join(' ');
    return [
      {
        grade: 'error',
        title: 'the milter manager is not running: Postfix does what milter_default_action says',
        evidence: [`${status}: not running`],
        fix: [start(facts, managerService)],
      },
    ];
  },
};

/** Of its first line, where there is no such file: version managers put each version into a place of its own. */
function missingNode(host: Host, program: string): string | undefined {
  const node = /^#!(\/\S+)\n/.exec(readText(host, program) ?? '')?.[1];
  return node === undefined || host.stat(node) ? undefined : node;
}

export const managerValid: Check = {
  id: 'manager-configuration',
  title: "the manager's configuration is valid",
  applies: ({ managerInstalled, knowsRunning }) =>
    !managerInstalled ? NO_MANAGER : knowsRunning || NOTHING_RUNS,
  async look(host, { platform }) {
    const argv = [platform.managerProgram, '-c', platform.managerDirectory, '--check'];
    const { exitCode, stdout, stderr } = await host.run(argv, { timeout: 30_000 });
    if (exitCode === 0) return [];
    return [
      {
        grade: 'error',
        title:
          "the manager's configuration is not valid: it keeps the old one, and does not start anew",
        evidence: `${stdout}${stderr}`.trim().split('\n'),
        fix: [
          advice('Mend the lines that it names; this says whether they are right:'),
          run(...argv),
        ],
      },
    ];
  },
};

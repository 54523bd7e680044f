/** Daemons whose program was replaced below them: an upgrade has put new files there, and the old ones still run. */
import { basename } from 'node:path';
import { type Host, readText } from '../host/host.ts';
import type { DoctorFacts } from './facts.ts';
import { type Check, NOTHING_RUNS, type Problem } from './finding.ts';
import { processesOf, whileItLives } from './processes.ts';
import { restart } from './repairs.ts';

/** What Linux writes behind the path of a program that is gone (proc(5), /proc/PID/exe). */
const GONE = ' (deleted)';

export const oldPrograms: Check = {
  id: 'old-programs',
  title: 'every daemon runs the program that is installed',
  applies: ({ knowsRunning, asRoot }) => {
    if (!knowsRunning) return NOTHING_RUNS;
    return asRoot || 'only root sees the programs of processes';
  },
  look: (host, facts) => {
    const old = new Map<string, string>();
    for (const process of processesOf(host)) {
      const exe = whileItLives(() => host.readLink(`${process}/exe`));
      if (exe === undefined || !exe.endsWith(GONE)) continue;
      const program = exe.slice(0, -GONE.length);
      const service = serviceOf(host, facts, process, program);
      if (service !== undefined) old.set(service, `${process}/exe: ${exe}`);
    }
    return [...old].map(([service, evidence]): Problem => ({
      grade: 'error',
      title: `${service} still runs the program from before an upgrade`,
      evidence: [evidence],
      fix: [restart(facts, service)],
    }));
  },
};

/** One of those that filter mail here: by its control group where systemd makes one, else by the program's name. */
function serviceOf(
  host: Host,
  facts: DoctorFacts,
  process: string,
  program: string,
): string | undefined {
  const known = [
    ...facts.milters.flatMap(({ setup }) => setup?.services.map(({ name }) => name) ?? []),
    ...facts.detected.map(({ service }) => service),
    facts.platform.managerService,
  ];
  const group = whileItLives(() => readText(host, `${process}/cgroup`)) ?? '';
  const unit = /\/([^/\n]+)\.service$/m.exec(group)?.[1];
  if (unit === 'postfix' || unit === 'postfix@-' || /\/postfix\/(?:sbin\/)?master$/.test(program)) {
    return 'postfix';
  }
  const name = unit ?? basename(program);
  return known.includes(name) ? name : undefined;
}

/** Services that should run and do not, and those that run until the next boot only. */
import { isServiceEnabled } from '../detect/service-enabled.ts';
import type { Host } from '../host/host.ts';
import type { DoctorFacts } from './facts.ts';
import { type Check, NOTHING_RUNS, type Problem, run } from './finding.ts';
import { enable, start } from './repairs.ts';

interface Needed {
  readonly service: string;
  /** What it is for. */
  readonly milter: string;
}

export const services: Check = {
  id: 'services',
  title: 'what is enabled runs, and what runs is enabled',
  applies: ({ knowsRunning, asRoot, platform }) => {
    if (!knowsRunning) return NOTHING_RUNS;
    return asRoot || !platform.services.statusNeedsRoot || 'only root sees what runs';
  },
  look: (host, facts) => [
    ...needed(facts).flatMap((each) => needs(host, facts, each)),
    ...facts.milters.flatMap(({ milter, setup, detected }): Problem[] => {
      const service = detected?.service ?? '';
      if (!setup || !detected || detected.enabled || !facts.running.has(service)) return [];
      return [
        {
          grade: 'warning',
          title: `${milter.name} runs and is not enabled: nobody asks it, and it is gone after a reboot`,
          evidence: [`${detected.sources.enabled ?? service}: not enabled`],
          fix: [
            run('milter-setup', 'enable', milter.name),
            { advice: `or, to have it stay off: milter-setup disable ${milter.name}` },
          ],
        },
      ];
    }),
  ],
};

/** Each milter that is enabled with the daemons behind it, the manager, and Postfix. */
function needed({
  milters,
  detected,
  platform,
  managerInstalled,
  postfixInstalled,
}: DoctorFacts): readonly Needed[] {
  const all: readonly Needed[] = [
    ...milters.flatMap(({ milter, setup, detected: found }) =>
      found?.enabled
        ? (setup?.services ?? []).map(({ name }) => ({ service: name, milter: milter.name }))
        : [],
    ),
    ...detected
      .filter(({ enabled }) => enabled)
      .map(({ service, name }) => ({ service, milter: name })),
    ...(managerInstalled
      ? [{ service: platform.managerService, milter: platform.managerService }]
      : []),
    ...(postfixInstalled ? [{ service: 'postfix', milter: 'postfix' }] : []),
  ];
  return all.filter(({ service }, at) => all.findIndex((each) => each.service === service) === at);
}

function needs(host: Host, facts: DoctorFacts, { service, milter }: Needed): readonly Problem[] {
  const { platform, running } = facts;
  const { services } = platform;
  const why = service === milter ? '' : ` (for ${milter})`;
  const enabled = isServiceEnabled(host, platform.init, service);
  // The check of the manager itself says that it does not run.
  const stopped = !running.has(service) && service !== platform.managerService;
  const problems: Problem[] = [];
  if (stopped) {
    problems.push({
      grade: 'error',
      title: `${service} is ${enabled === false ? 'neither enabled nor running' : 'enabled and not running'}${why}`,
      evidence: [`${services.status(service).argv.join(' ')}: not running`],
      fix: [...(enabled === false ? [enable(facts, service)] : []), start(facts, service)],
    });
  } else if (enabled === false) {
    problems.push({
      grade: 'warning',
      title: `${service} runs and is not enabled: it is gone after a reboot${why}`,
      evidence: ['the system does not start it at boot'],
      fix: [enable(facts, service)],
    });
  }
  return problems;
}

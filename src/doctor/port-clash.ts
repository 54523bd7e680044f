/** Two who are told to listen at one place: the second does not start, or takes the other's socket away. */
import { listeningPorts } from '../detect/listening.ts';
import { withoutLines } from '../edit/text.ts';
import type { HostReader } from '../host/host.ts';
import type { DoctorFacts, Listener } from './facts.ts';
import { advice, type Check, type Problem, run } from './finding.ts';
import { editFile, restart } from './repairs.ts';

export const portClash: Check = {
  id: 'port-clash',
  title: 'nobody listens where another does',
  beforeApply: true,
  applies: ({ listeners }) => listeners.length > 0 || 'no milter is enabled',
  look: (host, facts) => [...together(facts), ...taken(host, facts)],
};

function together(facts: DoctorFacts): readonly Problem[] {
  const { listeners } = facts;
  const places = new Set(listeners.map(({ spec }) => placeOf(spec)));
  return [...places].flatMap((place): Problem[] => {
    const all = listeners.filter(({ spec }) => placeOf(spec) === place);
    const names = [...new Set(all.map(({ name }) => name))];
    if (names.length < 2) return [];
    const stray = all.find((each) => !isUsual(facts, each)) ?? all.at(-1)!;
    return [
      {
        grade: 'error',
        title: `${names.join(' and ')} are told to listen at the same place, ${all[0]!.spec}`,
        evidence: all.map(
          ({ name, spec, source }) => `${source ?? 'built in'}: ${name} at ${spec}`,
        ),
        fix: moved(facts, stray),
      },
    ];
  });
}

/** Whether it listens where we would have it. */
function isUsual({ milters }: DoctorFacts, { name, spec }: Listener): boolean {
  const usual = milters.find(({ milter }) => milter.name === name)?.setup?.connectionSpec;
  return usual === undefined || placeOf(usual) === placeOf(spec);
}

/** Without its line in the service's variables it is where its package has it; its own file our settings put right. */
function moved(facts: DoctorFacts, { name, source, service }: Listener): Problem['fix'] {
  const [, path, line] = /^(\/etc\/(?:default|sysconfig)\/.*):(\d+)$/.exec(source ?? '') ?? [];
  if (path !== undefined && service !== undefined) {
    return [
      editFile(facts, path, (text) => withoutLines(text, Number(line))),
      restart(facts, service),
    ];
  }
  return facts.milters.some(({ milter, setup }) => milter.name === name && setup)
    ? [run('milter-setup', 'add', name, '--force')]
    : [advice(`Give ${name} a socket of its own${source === undefined ? '' : ` in ${source}`}.`)];
}

/** Somebody whom we do not know listens at the port of a service that does not run. */
function taken(
  host: HostReader,
  { listeners, running, knowsRunning }: DoctorFacts,
): readonly Problem[] {
  if (!knowsRunning) return [];
  const open = listeningPorts(host) ?? new Set();
  return listeners.flatMap(({ name, spec, service }: Listener): Problem[] => {
    const port = Number(/^inet6?:(\d+)/.exec(spec)?.[1]);
    if (service === undefined || running.has(service) || !open.has(port)) return [];
    return [
      {
        grade: 'error',
        title: `another program has the port ${port} of ${name}, which therefore cannot start`,
        evidence: [`/proc/net/tcp: ${port} is open; ${service} does not run`],
        fix: [
          run('ss', '-ltnp', `sport = :${port}`),
          advice(`Stop that program, or give ${name} another port.`),
        ],
      },
    ];
  });
}

/** The manager's and a milter's `localhost` are one; a socket below /var/run is one below /run. */
function placeOf(spec: string): string {
  const inet = /^inet6?:(\d+)/.exec(spec);
  return inet ? `port ${inet[1]}` : spec.replace(/^unix:\/var\/run\//, 'unix:/run/');
}

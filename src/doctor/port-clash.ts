/** Two who are told to listen at one place: the second does not start, or takes the other's socket away. */
import { type HostReader, readText } from '../host/host.ts';
import type { DoctorFacts, Listener } from './facts.ts';
import { advice, type Check, type Problem, run } from './finding.ts';

export const portClash: Check = {
  id: 'port-clash',
  title: 'nobody listens where another does',
  beforeApply: true,
  applies: ({ listeners }) => listeners.length > 0 || 'no milter is enabled',
  look: (host, facts) => [...together(facts), ...taken(host, facts)],
};

function together({ listeners }: DoctorFacts): readonly Problem[] {
  const places = new Set(listeners.map(({ spec }) => placeOf(spec)));
  return [...places].flatMap((place): Problem[] => {
    const all = listeners.filter(({ spec }) => placeOf(spec) === place);
    const names = [...new Set(all.map(({ name }) => name))];
    if (names.length < 2) return [];
    const last = all.at(-1)!;
    return [
      {
        grade: 'error',
        title: `${names.join(' and ')} are told to listen at the same place, ${all[0]!.spec}`,
        evidence: all.map(
          ({ name, spec, source }) => `${source ?? 'built in'}: ${name} at ${spec}`,
        ),
        fix: [
          advice(`Give one of them a socket of its own; our settings do, where we know it:`),
          run('milter-setup', 'add', last.name, '--force'),
        ],
      },
    ];
  });
}

/** Somebody whom we do not know listens at the port of a service that does not run. */
function taken(
  host: HostReader,
  { listeners, running, knowsRunning }: DoctorFacts,
): readonly Problem[] {
  if (!knowsRunning) return [];
  const open = listeningPorts(host);
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

/** Local port in hexadecimal, and 0A for a socket that listens (proc(5)); none where there is no such file. */
function listeningPorts(host: HostReader): ReadonlySet<number> {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readText(host, path) ?? '');
  const rows = tables
    .join('\n')
    .matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /gm);
  return new Set([...rows].map(([, port]) => Number.parseInt(port!, 16)));
}

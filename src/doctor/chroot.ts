/** Where Postfix looks for `unix:` sockets: a chrooted service below its queue directory, the others from the root. */
import type { HostReader } from '../host/host.ts';
import type { DoctorFacts } from './facts.ts';
import { advice, type Check, type Problem, run } from './finding.ts';
import { restart, setIni, setMainCf } from './repairs.ts';
import type { Asker } from '../postfix/askers.ts';
import { isAt, lookedFor, postfixSocket, samePath } from '../postfix/notation.ts';
import { socketPath } from './reach.ts';

export const chroot: Check = {
  id: 'chroot',
  title: 'Postfix finds the sockets from within its chroot',
  applies: ({ postfixInstalled }) => postfixInstalled || 'Postfix is not installed',
  look: (host, facts) => [...managerOutside(facts), ...unfound(host, facts)],
};

/** The manager's own socket where no chrooted smtpd can see it. */
function managerOutside(facts: DoctorFacts): readonly Problem[] {
  const { managerInstalled, manager, postfix, platform } = facts;
  const path = socketPath(manager.spec);
  const prisoner = postfix.askers.find(({ chrooted, parameter }) => {
    return chrooted && parameter === 'smtpd_milters';
  });
  if (!managerInstalled || path === undefined || prisoner === undefined) return [];
  if (isWithin(path, postfix.queueDirectory)) return [];
  const line = manager.line('connection_spec');
  const usual = facts.managerSpec;
  const element = postfixSocket(usual, postfix.queueDirectory, true);
  return [
    {
      grade: 'error',
      title: `Postfix cannot see the manager's socket: ${prisoner.name} is chrooted to ${postfix.queueDirectory}`,
      evidence: [
        `${line ?? manager.path}: connection_spec = ${manager.spec}`,
        `${postfix.path.replace('main.cf', 'master.cf')}: ${prisoner.name} is chrooted (column 5)`,
      ],
      fix:
        line === undefined
          ? [advice(`Set connection_spec = ${usual} in ${manager.path}, and restart the manager.`)]
          : [
              setIni(facts, 'manager', 'connection_spec', usual),
              restart(facts, platform.managerService),
              ...setMainCf(facts, 'smtpd_milters', element),
            ],
    },
  ];
}

/** Elements that name a socket which we know, in the way that is right outside or inside of a chroot only. */
function unfound(host: HostReader, facts: DoctorFacts): readonly Problem[] {
  const { manager, detected, postfix } = facts;
  const queue = postfix.queueDirectory;
  const specs = [manager.spec, ...detected.flatMap(({ connectionSpec }) => connectionSpec ?? [])];
  const seen = new Set<string>();
  return postfix.askers.flatMap((service) =>
    service.elements.flatMap((element): Problem[] => {
      const spec = specs.find((each) => isAt(element, each, queue));
      const real = spec === undefined ? undefined : socketPath(spec);
      if (real === undefined) return [];
      const where = lookedFor(element, { chrooted: service.chrooted, queueDirectory: queue });
      if (where === undefined || samePath(where, real) || host.stat(where)?.type === 'socket')
        return [];
      if (seen.has(service.source + element)) return [];
      seen.add(service.source + element);
      return [notThere(facts, service, { element, where, real })];
    }),
  );
}

function notThere(
  facts: DoctorFacts,
  { name, chrooted, parameter, source, own }: Asker,
  {
    element,
    where,
    real,
  }: { readonly element: string; readonly where: string; readonly real: string },
): Problem {
  const queue = facts.postfix.queueDirectory;
  const inside = isWithin(real, queue);
  const list = facts.postfix.parameters.setting(parameter)?.value ?? '';
  // Relative to the queue directory, where every service of Postfix works, chrooted or not.
  const right = inside ? `unix:${real.slice(queue.length + 1)}` : `unix:${real}`;
  const fixable = (inside || !chrooted) && !own && list.includes(element);
  return {
    grade: 'error',
    title: `${name} looks for ${element} where no socket is: the mail is not filtered`,
    evidence: [
      `${source}: ${parameter} = ${element}`,
      `${chrooted ? `chrooted to ${queue}` : 'not chrooted'}, so it looks at ${where}; the socket is ${real}`,
    ],
    fix: fixable
      ? setMainCf(facts, parameter, list.replace(element, right))
      : inside
        ? [advice(`Write ${right} at ${source}, then: postfix reload`)]
        : [run('milter-setup')],
  };
}

function isWithin(path: string, directory: string): boolean {
  return path.startsWith(`${directory}/`);
}

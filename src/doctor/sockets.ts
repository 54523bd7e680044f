/** Whether the manager gets to every milter, and Postfix to the manager; where a group is missing `groups` says so. */
import { groupsOf } from '../host/accounts.ts';
import type { Host } from '../host/host.ts';
import type { DoctorFacts } from './facts.ts';
import { advice, type Check, NO_MANAGER, type Problem, run } from './finding.ts';
import { carriedOut, joinGroup, restart } from './repairs.ts';
import { isBlocked, type Reach, socketPath } from './reach.ts';

export const sockets: Check = {
  id: 'socket-permission',
  title: 'the manager reaches every milter, and Postfix the manager',
  applies: ({ managerInstalled, reaches }) =>
    !managerInstalled ? NO_MANAGER : reaches.length > 0 || 'nothing listens',
  look(host, facts) {
    const problems = facts.reaches.flatMap((reach) => problemsOf(host, facts, reach));
    const seen = facts.reaches.some(
      ({ tried, spec }) => tried !== undefined || isSocket(host, spec),
    );
    return problems.length > 0 || seen ? problems : [notSeen];
  },
};

const notSeen: Problem = {
  grade: 'skipped',
  title: sockets.title,
  evidence: ['no socket is there to be looked at'],
  fix: [],
};

function problemsOf(host: Host, facts: DoctorFacts, reach: Reach): readonly Problem[] {
  const { name, user, spec, service, obstacle, tried } = reach;
  if (tried?.outcome === 'answers') return [];
  const restartIt = service === undefined ? [] : [restart(facts, service)];
  if (isMissing(host, facts, reach)) {
    return [
      {
        grade: 'error',
        title: `${name} runs and has no socket ${spec}`,
        evidence: [`ls ${socketPath(spec)}: no such file`],
        fix: restartIt,
      },
    ];
  }
  if (isBlocked(reach)) {
    // A missing membership is the finding of another check.
    if (obstacle?.group !== undefined) return [];
    const evidence = [
      ...(obstacle ? [obstacle.text] : []),
      ...(tried ? [`as ${user}: ${tried.output}`] : []),
    ];
    const fix = obstacle ? passage(host, facts, reach, obstacle) : restartIt;
    return [{ grade: 'error', title: `${user} cannot connect to ${name}`, evidence, fix }];
  }
  if (tried?.outcome === 'silent' || tried?.outcome === 'no-milter') {
    const what = tried.outcome === 'silent' ? 'does not answer' : 'closes the connection';
    return [
      {
        grade: 'error',
        title: `${name} takes a connection and ${what}`,
        evidence: [`as ${user}: ${tried.output}`],
        fix: restartIt.length > 0 ? restartIt : [advice(`Look at its log; it listens at ${spec}.`)],
      },
    ];
  }
  return [];
}

function isSocket(host: Host, spec: string): boolean {
  const path = socketPath(spec);
  return path !== undefined && host.stat(path)?.type === 'socket';
}

function isMissing(
  host: Host,
  { knowsRunning, running }: DoctorFacts,
  { spec, service }: Reach,
): boolean {
  const path = socketPath(spec);
  if (!knowsRunning || path === undefined || service === undefined) return false;
  if (!running.has(service) || host.unread?.has(path)) return false;
  return host.stat(path)?.type !== 'socket';
}

/** Neither others nor a group get past it: a group that the user is in is let through. */
function passage(
  host: Host,
  facts: DoctorFacts,
  { name, user, spec }: Reach,
  { path, mode }: NonNullable<Reach['obstacle']>,
): Problem['fix'] {
  const { platform } = facts;
  const usual = facts.milters.find(({ milter }) => milter.name === name)?.setup;
  const group = usual?.groups[0] ?? platform.socketGroup;
  const joins = groupsOf(host, user).includes(group)
    ? []
    : [joinGroup(facts, user, group), restart(facts, platform.managerService)];
  // What makes the socket gives it its mode at each start.
  const forGood =
    path === socketPath(spec) && usual !== undefined && usual.files.length > 0
      ? [
          advice(`${name} sets the mode at each start; our settings put it right for good:`),
          run('milter-setup', 'add', name, '--force'),
        ]
      : [];
  const { gid, mode: bits } = host.stat(path) ?? { gid: 0, mode: 0 };
  return [
    carriedOut(['chgrp', group, path], ['chgrp', String(gid), path]),
    carriedOut(['chmod', mode, path], ['chmod', bits.toString(8), path]),
    ...joins,
    ...forGood,
  ];
}

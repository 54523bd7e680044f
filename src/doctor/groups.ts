/** Memberships by which the manager gets to the sockets: in /etc/group, and of the process that runs. */
import { groupNamed, userNamed } from '../host/accounts.ts';
import { type Host, readText } from '../host/host.ts';
import { obstacleTo, type Rights } from './access.ts';
import type { DoctorFacts } from './facts.ts';
import { type Check, NO_MANAGER, type Problem, run } from './finding.ts';
import { joinGroup, reloadPostfix, restart } from './repairs.ts';
import { processesOf, whileItLives } from './processes.ts';
import { isBlocked, type Reach, socketPath } from './reach.ts';

export const groups: Check = {
  id: 'group-membership',
  title: 'who connects is in the groups of the sockets',
  applies: ({ managerInstalled }) => managerInstalled || NO_MANAGER,
  look(host, facts) {
    const { platform } = facts;
    if (userNamed(host, platform.managerUser) === undefined) {
      return [
        {
          grade: 'error',
          title: `there is no user ${platform.managerUser}: the manager cannot run`,
          evidence: ['/etc/passwd does not have it'],
          fix: [run('milter-setup')],
        },
      ];
    }
    const missing = facts.reaches.filter((each) => isBlocked(each) && each.obstacle?.group);
    return [
      ...missing.map((each) => notMember(facts, each)),
      ...startedBefore(host, facts, missing),
    ];
  },
};

function notMember(facts: DoctorFacts, { user, name, obstacle, tried }: Reach): Problem {
  const { platform } = facts;
  const { group = '', text } = obstacle!;
  return {
    grade: 'error',
    title: `${user} is not in the group ${group}, and so cannot connect to ${name}`,
    evidence: [text, ...(tried ? [`as ${user}: ${tried.output}`] : [])],
    fix: [
      joinGroup(facts, user, group),
      user === platform.managerUser
        ? restart(facts, platform.managerService)
        : reloadPostfix(facts),
    ],
  };
}

/** A process keeps the groups that it was started with, whatever /etc/group says since. */
function startedBefore(
  host: Host,
  facts: DoctorFacts,
  missing: readonly Reach[],
): readonly Problem[] {
  const { managerUser, managerService } = facts.platform;
  const processes = managerProcesses(host, facts);
  const late = facts.reaches.flatMap((reach) => {
    const path = socketPath(reach.spec);
    if (reach.user !== managerUser || path === undefined || missing.includes(reach)) return [];
    return processes.flatMap(({ process, rights }) => {
      const obstacle = obstacleTo(host, path, rights);
      return obstacle?.group === undefined
        ? []
        : [{ process, group: obstacle.group, name: reach.name }];
    });
  });
  if (late.length === 0) return [];
  return [
    {
      grade: 'error',
      title: `the manager was started before ${managerUser} came into ${[...new Set(late.map(({ group }) => group))].join(', ')}: it cannot connect to ${[...new Set(late.map(({ name }) => name))].join(', ')}`,
      evidence: late.map(
        ({ process, group }) =>
          `${process}/status: Groups lacks ${groupNamed(host, group)?.gid} (${group})`,
      ),
      fix: [restart(facts, managerService)],
    },
  ];
}

/** The manager's processes that have given up root's rights, as Linux shows them. */
function managerProcesses(
  host: Host,
  { platform }: DoctorFacts,
): readonly { readonly process: string; readonly rights: Rights }[] {
  const uid = userNamed(host, platform.managerUser)?.uid;
  return processesOf(host).flatMap((process) => {
    const words = whileItLives(() => readText(host, `${process}/cmdline`))?.split('\0') ?? [];
    if (!words.includes(platform.managerProgram)) return [];
    const status = whileItLives(() => readText(host, `${process}/status`)) ?? '';
    const numbers = (key: string) =>
      (new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '')
        .split(/\s+/)
        .filter((each) => each !== '')
        .map(Number);
    // Real, effective, saved, of the file system (proc(5)).
    const [, user = -1] = numbers('Uid');
    const [, group = -1] = numbers('Gid');
    if (user !== uid) return [];
    return [{ process, rights: { uid: user, gids: [group, ...numbers('Groups')] } }];
  });
}

/** The manager's user and group, and who joins which group so that each socket can be reached. */
import { groupNamed, groupsOf, userNamed } from '../host/accounts.ts';
import type { HostReader } from '../host/host.ts';
import type { CreateGroup, CreateUser, JoinGroup } from '../change/change.ts';
import type { HostFacts } from './facts.ts';

type AccountChange = CreateGroup | CreateUser | JoinGroup;

/** The manager's account where it is missing, and its memberships in `groups`. */
export function planAccounts(
  host: HostReader,
  { platform, managerSpec }: HostFacts,
  groups: readonly string[],
): readonly AccountChange[] {
  const user = platform.managerUser;
  const changes: AccountChange[] = [];
  const together = platform.groupComesWithUser && groupNamed(host, user) === undefined;
  if (groupNamed(host, user) === undefined && !together) {
    changes.push({
      kind: 'create-group',
      phase: 'accounts',
      title: `create the group ${user}`,
      why: 'The manager runs with rights of its own.',
      commands: [platform.createGroup(user)],
      undo: [platform.removeGroup(user)],
      group: user,
    });
  }
  if (userNamed(host, user) === undefined) {
    changes.push({
      kind: 'create-user',
      phase: 'accounts',
      title: `create the user ${user}${together ? ' and its group' : ''}`,
      why: 'The manager runs as a user that may do nothing else.',
      commands: [platform.createUser(user, together ? undefined : user, platform.managerHome)],
      undo: [platform.removeUser(user)],
      user,
    });
  }
  const join = (member: string, group: string, why: string): void => {
    const planned = changes.some(
      (change) =>
        'user' in change &&
        change.user === member &&
        (change.kind === 'create-user'
          ? platform.newUserGroups.includes(group)
          : change.group === group),
    );
    if (planned || member === group || groupsOf(host, member).includes(group)) return;
    changes.push({
      kind: 'join-group',
      phase: 'accounts',
      title: `add ${member} to the group ${group}`,
      why,
      commands: [platform.joinGroup(member, group)],
      undo: [platform.leaveGroup(member, group)],
      user: member,
      group,
    });
  };
  for (const group of new Set(groups))
    join(user, group, `So that the manager reaches the sockets of ${group}.`);
  join(
    user,
    platform.socketGroup,
    `So that the manager may give its socket to ${platform.socketGroup}.`,
  );
  if (!managerSpec.startsWith('unix:')) return changes;
  join('postfix', platform.socketGroup, "So that Postfix reaches the manager's socket.");
  return changes;
}

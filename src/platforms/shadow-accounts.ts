/** Users and groups by the shadow suite's commands, on every Linux. */
import type { Platform } from './platform.ts';

type Accounts = Pick<
  Platform,
  | 'groupComesWithUser'
  | 'createGroup'
  | 'removeGroup'
  | 'createUser'
  | 'newUserGroups'
  | 'removeUser'
  | 'joinGroup'
  | 'leaveGroup'
>;

export const shadowAccounts: Accounts = {
  groupComesWithUser: true,
  createGroup: (group) => ({ argv: ['groupadd', '--system', group] }),
  removeGroup: (group) => ({ argv: ['groupdel', group] }),
  createUser: (user, group, home) => ({
    argv: [
      ...['useradd', '--system', ...(group === undefined ? ['--user-group'] : ['--gid', group])],
      ...['--home-dir', home, '--no-create-home', '--shell', '/usr/sbin/nologin', user],
    ],
  }),
  newUserGroups: [],
  removeUser: (user) => ({ argv: ['userdel', user] }),
  joinGroup: (user, group) => ({ argv: ['usermod', '-a', '-G', group, user] }),
  leaveGroup: (user, group) => ({ argv: ['gpasswd', '-d', user, group] }),
};

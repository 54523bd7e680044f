/** FreeBSD: pkg, rc.d scripts enabled by variables of /etc/rc.conf, pw. The install document's platform. */
import { mailLogLines } from './manager-log.ts';
import { pkg } from './package-versions.ts';
import type { Platform } from './platform.ts';

const service = (verb: string) => (name: string) => ({
  argv: ['/usr/sbin/service', name, verb],
  timeout: 120,
});

export const freebsd: Platform = {
  name: 'freebsd',
  title: 'FreeBSD',
  ids: ['freebsd'],
  usualVersion: '10.0',
  init: 'rc.d',
  usualNode: '/usr/local/bin/node',
  stateDirectory: '/var/db/milter-setup',
  postfixDirectory: '/usr/local/etc/postfix',
  postfixProgram: '/usr/local/sbin/postfix',
  chrootsSmtpd: false,
  comesWithSendmail: true,
  rootGroup: 'wheel',
  flagFile: '/etc/rc.conf',
  managerDirectory: '/usr/local/etc/milter-manager',
  managerProgram: '/usr/local/sbin/milter-manager',
  testServerProgram: '/usr/local/bin/milter-test-server',
  managerSocket: '/var/run/milter-manager/milter-manager.sock',
  socketDirectoryMode: 0o755,
  managerUser: 'milter-manager',
  managerHome: '/home/milter-manager',
  historyDirectory: '/var/db/milter-manager',
  socketGroup: 'mail',
  managerService: 'milter-manager',
  serviceFiles: (service) => [
    {
      path: `/usr/local/etc/rc.d/${service}`,
      format: 'whole',
      template: 'freebsd/usr/local/etc/rc.d/milter-manager',
      why: 'Starts the manager.',
      mode: 0o555,
    },
    {
      path: '/etc/rc.conf',
      format: 'shell',
      template: 'freebsd/etc/rc.conf/milter-manager',
      why: 'Start the manager at boot.',
    },
  ],
  mailLog: '/var/log/maillog',
  managerLog: mailLogLines('/var/log/maillog'),
  predecessor: {
    program: '/usr/local/sbin/milter-manager',
    spec: 'unix:/var/run/milter-manager/milter-manager.sock',
  },
  services: {
    enable: () => undefined,
    disable: () => undefined,
    start: service('start'),
    stop: service('stop'),
    restart: service('restart'),
    reload: service('reload'),
    // `status` of a service that rc.conf has not enabled exits with 0, whether or not it runs.
    status: service('onestatus'),
    statusNeedsRoot: true,
    evenDisabled: ({ argv, ...rest }) => ({
      ...rest,
      argv: [...argv.slice(0, -1), `one${argv.at(-1)!}`],
    }),
  },
  groupComesWithUser: false,
  createGroup: (group) => ({ argv: ['/usr/sbin/pw', 'groupadd', group] }),
  // userdel takes the group of the user's name along where nobody else is in it.
  removeGroup: (group) => ({
    argv: ['/usr/sbin/pw', 'groupdel', group],
    tolerated: `the group ${group} has gone with its user`,
  }),
  createUser: (user, group) => ({
    argv: ['/usr/sbin/pw', 'useradd', user, '-g', group ?? user, '-G', 'mail', '-m'],
  }),
  newUserGroups: ['mail'],
  // -m of useradd made a home, which stays without -r.
  removeUser: (user) => ({ argv: ['/usr/sbin/pw', 'userdel', user, '-r'] }),
  joinGroup: (user, group) => ({ argv: ['/usr/sbin/pw', 'groupmod', group, '-m', user] }),
  leaveGroup: (user, group) => ({ argv: ['/usr/sbin/pw', 'groupmod', group, '-d', user] }),
  packageManager: 'pkg',
  packageVersions: pkg,
  searchPackages: (packages) => ({ argv: ['pkg', 'rquery', '-U', '%n %o', ...packages] }),
  simulation: {
    command: (packages) => ({ argv: ['pkg', 'install', '-n', '-U', ...packages] }),
    tells: false,
    removed(output) {
      const [, lines = ''] =
        /^Installed packages to be REMOVED:\n((?:[ \t]+.*\n?)+)/m.exec(output) ?? [];
      return [...lines.matchAll(/^[ \t]+([^\s:]+)/gm)].map(([, name]) => name!);
    },
  },
  packageSizes: {
    command: (packages) => ({ argv: ['pkg', 'install', '-n', '-U', ...packages] }),
    read(output) {
      const [, count] = /^Number of packages to be installed: (\d+)/m.exec(output) ?? [];
      const [, download] = /^([\d.]+ [KMG]i?B) to be downloaded/m.exec(output) ?? [];
      if (count === undefined || download === undefined) return undefined;
      return { count: Number(count), download };
    },
  },
  installPackages: (packages) => [
    {
      argv: ['pkg', 'install', '--yes', ...packages],
      environment: { ASSUME_ALWAYS_YES: 'yes' },
      timeout: 1800,
    },
  ],
  removePackages: (packages) => [{ argv: ['pkg', 'delete', '--yes', ...packages], timeout: 1800 }],
};

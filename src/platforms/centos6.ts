/** CentOS 6: yum, SysV init scripts with chkconfig. The install document's platform. */
import type { Platform } from './platform.ts';
import { shadowAccounts } from './shadow-accounts.ts';

const service = (verb: string) => (name: string) => ({
  argv: ['/sbin/service', name, verb],
  timeout: 120,
});

export const centos6: Platform = {
  name: 'centos6',
  stateDirectory: '/var/lib/milter-setup',
  postfixDirectory: '/etc/postfix',
  managerDirectory: '/etc/milter-manager',
  managerProgram: '/usr/sbin/milter-manager',
  testServerProgram: '/usr/bin/milter-test-server',
  managerSocket: '/var/run/milter-manager/milter-manager.sock',
  managerUser: 'milter-manager',
  managerHome: '/var/lib/milter-manager',
  socketGroup: 'milter-manager',
  managerService: 'milter-manager',
  mailLog: '/var/log/maillog',
  services: {
    // The document says `chkconfig --add` and `--del`: those register a script; `on` and `off` enable it.
    enable: (name) => ({ argv: ['/sbin/chkconfig', name, 'on'] }),
    disable: (name) => ({ argv: ['/sbin/chkconfig', name, 'off'] }),
    start: service('start'),
    stop: service('stop'),
    restart: service('restart'),
    reload: service('reload'),
    status: service('status'),
  },
  ...shadowAccounts,
  createUser: (user, group, home) => ({
    argv: [
      ...['useradd', '--system', ...(group === undefined ? ['--user-group'] : ['--gid', group])],
      // /usr and / are not one there.
      ...['--home-dir', home, '--no-create-home', '--shell', '/sbin/nologin', user],
    ],
  }),
  // EPEL first and by itself: the milters come from it.
  installPackages: (packages) =>
    [['epel-release'], packages.filter((name) => name !== 'epel-release')]
      .map((names) => names.filter((name) => packages.includes(name)))
      .filter((names) => names.length > 0)
      .map((names) => ({ argv: ['yum', 'install', '-y', ...names], timeout: 1800 })),
  removePackages: (packages) => [{ argv: ['yum', 'remove', '-y', ...packages], timeout: 1800 }],
};

/** CentOS 6: yum, SysV init scripts with chkconfig. The install document's platform. */
import { mailLogLines } from './manager-log.ts';
import { rpm } from './package-versions.ts';
import type { Platform } from './platform.ts';
import { shadowAccounts } from './shadow-accounts.ts';

const service = (verb: string) => (name: string) => ({
  argv: ['/sbin/service', name, verb],
  timeout: 120,
});

export const centos6: Platform = {
  name: 'centos6',
  title: 'Red Hat family',
  // It has no os-release.
  ids: [],
  usualVersion: '6.4',
  init: 'sysv',
  usualNode: '/usr/bin/node',
  stateDirectory: '/var/lib/milter-setup',
  postfixDirectory: '/etc/postfix',
  postfixProgram: '/usr/sbin/postfix',
  chrootsSmtpd: false,
  confinesPostfix: true,
  rootGroup: 'root',
  managerDirectory: '/etc/milter-manager',
  managerProgram: '/usr/sbin/milter-manager',
  testServerProgram: '/usr/bin/milter-test-server',
  managerSocket: '/var/run/milter-manager/milter-manager.sock',
  socketDirectoryMode: 0o755,
  managerUser: 'milter-manager',
  managerHome: '/var/lib/milter-manager',
  historyDirectory: '/var/lib/milter-manager',
  socketGroup: 'milter-manager',
  managerService: 'milter-manager',
  serviceFiles: (service) => [
    {
      path: `/etc/rc.d/init.d/${service}`,
      format: 'whole',
      template: 'centos6/etc/init.d/milter-manager',
      why: 'Starts the manager.',
      mode: 0o755,
    },
    {
      path: `/etc/sysconfig/${service}`,
      format: 'shell',
      template: 'centos6/etc/sysconfig/milter-manager',
      why: 'Where options of the manager belong.',
    },
  ],
  registration: (service) => ({
    path: `/etc/rc.d/init.d/${service}`,
    title: 'register the new init script',
    why: 'Packages do it for their own; chkconfig then knows when it starts and stops.',
    commands: [{ argv: ['/sbin/chkconfig', '--add', service] }],
    undo: [{ argv: ['/sbin/chkconfig', '--del', service] }],
  }),
  mailLog: '/var/log/maillog',
  managerLog: mailLogLines('/var/log/maillog'),
  predecessor: {
    program: '/usr/sbin/milter-manager',
    spec: 'unix:/var/run/milter-manager/milter-manager.sock',
  },
  services: {
    // The document says `chkconfig --add` and `--del`: those register a script; `on` and `off` enable it.
    enable: (name) => ({ argv: ['/sbin/chkconfig', name, 'on'] }),
    disable: (name) => ({ argv: ['/sbin/chkconfig', name, 'off'] }),
    start: service('start'),
    stop: service('stop'),
    restart: service('restart'),
    reload: service('reload'),
    status: service('status'),
    statusNeedsRoot: true,
  },
  ...shadowAccounts,
  createUser: (user, group, home) => ({
    argv: [
      ...['useradd', '--system', ...(group === undefined ? ['--user-group'] : ['--gid', group])],
      // /usr and / are not one there.
      ...['--home-dir', home, '--no-create-home', '--shell', '/sbin/nologin', user],
    ],
  }),
  packageManager: 'yum',
  packageDatabase: 'rpm',
  packageVersions: rpm,
  // EPEL first and by itself: the milters come from it.
  installPackages: (packages) =>
    [['epel-release'], packages.filter((name) => name !== 'epel-release')]
      .map((names) => names.filter((name) => packages.includes(name)))
      .filter((names) => names.length > 0)
      .map((names) => ({ argv: ['yum', 'install', '-y', ...names], timeout: 1800 })),
  removePackages: (packages) => [{ argv: ['yum', 'remove', '-y', ...packages], timeout: 1800 }],
};

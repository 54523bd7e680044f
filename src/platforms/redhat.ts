/** RHEL, AlmaLinux, Rocky Linux and CentOS Stream 8 to 10: dnf, systemd, SELinux. */
import type { Command } from '../change/change.ts';
import { journalLines } from './manager-log.ts';
import { rpm } from './package-versions.ts';
import type { Platform } from './platform.ts';
import { shadowAccounts } from './shadow-accounts.ts';
import { systemdFiles, systemdRegistration, systemdServices } from './systemd.ts';

/** EPEL's packages need some of CRB (CodeReady Builder, once PowerTools), which no installation enables. */
const ENABLE_CRB: Command = {
  argv: ['crb', 'enable'],
  timeout: 300,
  tolerated: 'the repository CRB was not enabled; a package may lack what it needs',
};

const isRepository = (name: string): boolean => /\bepel-release\b/.test(name);

const dnf = (verb: string, names: readonly string[]): Command => ({
  argv: ['dnf', verb, '-y', ...names],
  timeout: 1800,
});

export const redhat: Platform = {
  name: 'redhat',
  title: 'Red Hat family',
  ids: ['rhel', 'almalinux', 'rocky', 'centos', 'ol', 'fedora'],
  usualVersion: '9',
  init: 'systemd',
  usualNode: '/usr/bin/node',
  stateDirectory: '/var/lib/milter-setup',
  postfixDirectory: '/etc/postfix',
  postfixProgram: '/usr/sbin/postfix',
  chrootsSmtpd: false,
  confinesPostfix: true,
  rootGroup: 'root',
  managerDirectory: '/etc/milter-manager',
  managerProgram: '/usr/local/sbin/milter-manager',
  testServerProgram: '/usr/local/bin/milter-test-server',
  managerSocket: '/run/milter-manager/milter-manager.sock',
  managerUser: 'milter-manager',
  managerHome: '/var/lib/milter-manager',
  historyDirectory: '/var/lib/milter-manager',
  socketGroup: 'milter-manager',
  managerService: 'milter-manager',
  serviceFiles: systemdFiles('redhat'),
  registration: systemdRegistration,
  mailLog: '/var/log/maillog',
  managerLog: journalLines,
  predecessor: {
    program: '/usr/sbin/milter-manager',
    spec: 'unix:/var/run/milter-manager/milter-manager.sock',
  },
  services: systemdServices,
  ...shadowAccounts,
  packageManager: 'dnf',
  packageDatabase: 'rpm',
  packageVersions: rpm,
  searchPackages: (packages) => ({
    argv: ['dnf', '-q', '-C', 'repoquery', '--qf', '%{name}\\n', ...packages],
  }),
  simulation: {
    command: (packages) => ({
      argv: ['dnf', '-C', '--assumeno', 'install', ...packages],
      environment: { LC_ALL: 'C' },
    }),
    tells: false,
    // ` NAME  ARCH  VERSION  REPOSITORY  SIZE` below headings such as `Removing dependent packages:`.
    removed: (output) =>
      [...output.matchAll(/^Removing\b.*:\n((?: .*\n)+)/gm)].flatMap(([, lines]) =>
        [...lines!.matchAll(/^ (\S+)/gm)].map(([, name]) => name!),
      ),
  },
  packageSizes: {
    command: (packages) => ({
      argv: ['dnf', '-C', '--assumeno', 'install', ...packages],
      environment: { LC_ALL: 'C' },
    }),
    read(output) {
      const [, count] = /^Install +(\d+) Packages?/m.exec(output) ?? [];
      const [, size, unit] = /^Total download size: ([\d.]+) ([kMG])/m.exec(output) ?? [];
      if (count === undefined || size === undefined) return undefined;
      return { count: Number(count), download: `${size} ${unit}B` };
    },
  },
  // EPEL first and by itself: the milters come from it, and it brings the command for CRB.
  installPackages: (packages) => {
    const repositories = packages.filter(isRepository);
    return [
      ...repositories.flatMap((name) => [dnf('install', [name]), ENABLE_CRB]),
      ...[packages.filter((name) => !isRepository(name))]
        .filter((names) => names.length > 0)
        .map((names) => dnf('install', names)),
    ];
  },
  // RHEL's EPEL is installed by its address and removed by its name.
  removePackages: (packages) => [
    dnf(
      'remove',
      packages.map((name) => (name.includes('/') ? 'epel-release' : name)),
    ),
  ],
};

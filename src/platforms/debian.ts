/** Debian and Ubuntu: apt, systemd, Postfix's smtpd in a chroot. */
import type { Command } from '../change/change.ts';
import { journalLines } from './manager-log.ts';
import { dpkg } from './package-versions.ts';
import type { Platform } from './platform.ts';
import { shadowAccounts } from './shadow-accounts.ts';
import { systemdFiles, systemdRegistration, systemdServices } from './systemd.ts';

/** No questions from debconf, needrestart or conffiles; wait for another apt instead of failing. */
const UNATTENDED = {
  DEBIAN_FRONTEND: 'noninteractive',
  NEEDRESTART_MODE: 'l',
  UCF_FORCE_CONFFOLD: '1',
};
const APT = [
  ...['apt-get', '-y', '-o', 'DPkg::Lock::Timeout=120'],
  ...['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'],
];

const unit = (service: string): string => `${service}.service`;

const apt = (...words: readonly string[]): Command => ({
  argv: [...APT, ...words],
  environment: UNATTENDED,
  timeout: 1800,
});

export const debian: Platform = {
  name: 'debian',
  title: 'Debian, Ubuntu',
  ids: ['debian', 'ubuntu'],
  usualVersion: '13',
  init: 'systemd',
  usualNode: '/usr/bin/node',
  stateDirectory: '/var/lib/milter-setup',
  postfixDirectory: '/etc/postfix',
  postfixProgram: '/usr/sbin/postfix',
  chrootsSmtpd: true,
  rootGroup: 'root',
  managerDirectory: '/etc/milter-manager',
  managerProgram: '/usr/local/sbin/milter-manager',
  testServerProgram: '/usr/local/bin/milter-test-server',
  managerSocket: '/var/spool/postfix/milter-manager/milter-manager.sock',
  socketDirectoryMode: 0o750,
  managerUser: 'milter-manager',
  managerHome: '/var/lib/milter-manager',
  historyDirectory: '/var/lib/milter-manager',
  socketGroup: 'postfix',
  managerService: 'milter-manager',
  serviceFiles: systemdFiles('debian'),
  registration: systemdRegistration,
  mailLog: '/var/log/mail.log, or journalctl -t milter-manager',
  managerLog: journalLines,
  predecessor: {
    program: '/usr/sbin/milter-manager',
    spec: 'unix:/run/milter-manager/milter-manager.sock',
  },
  services: systemdServices,
  ...shadowAccounts,
  packageManager: 'apt',
  packageDatabase: 'dpkg',
  packageVersions: dpkg,
  // Postfix first and by itself: spamass-milter's start script gives its socket to the user postfix,
  // and in one transaction it is started before that user exists.
  installPackages: (packages) => {
    const install = (names: readonly string[]) =>
      names.length > 0 ? [apt('install', '--no-install-recommends', ...names)] : [];
    return [
      apt('update'),
      ...install(packages.filter((name) => name === 'postfix')),
      ...install(packages.filter((name) => name !== 'postfix')),
    ];
  },
  removePackages: (packages) => [apt('remove', ...packages)],
  // deb-systemd-invoke(1p) and invoke-rc.d(8) start nothing that is masked, and neither does a boot.
  newServices: {
    hold: (services) => [{ argv: ['systemctl', 'mask', ...services.map(unit)] }],
    release: (services) => [
      { argv: ['systemctl', 'unmask', ...services.map(unit)] },
      ...services
        .filter((name) => name === 'postfix')
        .map((name) => ({
          argv: ['systemctl', 'disable', unit(name)],
          environment: { SYSTEMCTL_SKIP_SYSV: '1' },
          onlyIf: ['systemctl', 'cat', unit(name)],
        })),
    ],
    waitForPackages: {
      argv: ['apt-get', '-o', 'DPkg::Lock::Timeout=900', 'check'],
      timeout: 1000,
      tolerated: 'the package manager is not in order',
    },
  },
  simulation: {
    // apt.conf(5): a fetch that failed is a warning otherwise.
    refresh: apt('-o', 'APT::Update::Error-Mode=any', 'update'),
    command: (packages) => ({
      argv: [
        ...['apt-get', '-s', '-o', 'Debug::NoLocking=true'],
        ...['install', '--no-install-recommends', ...packages],
      ],
      environment: { LC_ALL: 'C' },
    }),
    tells: true,
    removed: (output) => [...output.matchAll(/^(?:Remv|Purg) (\S+)/gm)].map(([, name]) => name!),
  },
  packageSizes: {
    command: (packages) => ({
      argv: [
        ...['apt-get', '--print-uris', '-qq', '-o', 'Debug::NoLocking=true'],
        ...['install', '--no-install-recommends', ...packages],
      ],
      environment: { LC_ALL: 'C' },
    }),
    // 'http://...' NAME SIZE SHA256:..., a line for each package that is to be fetched.
    read(output) {
      const sizes = [...output.matchAll(/^'\S+' \S+ (\d+) /gm)].map(([, size]) => Number(size));
      const total = sizes.reduce((sum, size) => sum + size, 0);
      if (total === 0) return undefined;
      return { count: sizes.length, download: `${Math.ceil(total / 1e6)} MB` };
    },
  },
};

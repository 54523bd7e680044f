/** RHEL, AlmaLinux, Rocky Linux and CentOS Stream 8 to 10: dnf, systemd, SELinux. */
import type { Platform } from './platform.ts';
import { shadowAccounts } from './shadow-accounts.ts';
import { systemdServices } from './systemd.ts';

export const redhat: Platform = {
  name: 'redhat',
  stateDirectory: '/var/lib/milter-setup',
  postfixDirectory: '/etc/postfix',
  managerDirectory: '/etc/milter-manager',
  managerProgram: '/usr/local/sbin/milter-manager',
  testServerProgram: '/usr/local/bin/milter-test-server',
  managerSocket: '/run/milter-manager/milter-manager.sock',
  managerUser: 'milter-manager',
  managerHome: '/var/lib/milter-manager',
  socketGroup: 'milter-manager',
  managerService: 'milter-manager',
  mailLog: '/var/log/maillog',
  services: systemdServices,
  ...shadowAccounts,
  // EPEL first and by itself: the milters come from it.
  installPackages: (packages) =>
    [['epel-release'], packages.filter((name) => name !== 'epel-release')]
      .map((names) => names.filter((name) => packages.includes(name)))
      .filter((names) => names.length > 0)
      .map((names) => ({ argv: ['dnf', 'install', '-y', ...names], timeout: 1800 })),
  removePackages: (packages) => [{ argv: ['dnf', 'remove', '-y', ...packages], timeout: 1800 }],
};

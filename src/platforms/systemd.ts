/** The service verbs of systemd, and the manager's unit, the same on every distribution that has it. */
import type { Registration, ServiceCommands, ServiceFile } from './platform.ts';

const systemctl = (verb: string) => (service: string) => ({
  argv: ['systemctl', verb, service],
  timeout: 120,
});

export const systemdServices: ServiceCommands = {
  enable: systemctl('enable'),
  disable: systemctl('disable'),
  start: systemctl('start'),
  stop: systemctl('stop'),
  restart: systemctl('restart'),
  reload: systemctl('reload'),
  status: (service) => ({ argv: ['systemctl', 'is-active', '--quiet', service], timeout: 30 }),
};

const unit = (service: string): string => `/etc/systemd/system/${service}.service`;

export const systemdFiles =
  (platform: string) =>
  (service: string): readonly ServiceFile[] => [
    {
      path: unit(service),
      format: 'whole',
      template: `${platform}${unit('milter-manager')}`,
      why: 'Starts the manager, with few rights.',
      mode: 0o644,
    },
  ];

export const systemdRegistration = (service: string): Registration => ({
  path: unit(service),
  title: 'have systemd read the new unit',
  why: 'It keeps units in memory.',
  commands: [{ argv: ['systemctl', 'daemon-reload'] }],
  undo: [],
});

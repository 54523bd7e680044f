/** The service verbs of systemd, the same on every distribution that has it. */
import type { ServiceCommands } from './platform.ts';

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

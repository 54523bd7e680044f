/** Services that must be enabled, and started or restarted after their files changed. */
import { isServiceEnabled } from '../detect/service-enabled.ts';
import { findUnit } from '../detect/unit-search.ts';
import type { HostReader } from '../host/host.ts';
import type { ServiceSetup } from '../milters/milter.ts';
import type { ChangeService, Command, RunOthers, ServiceAction } from '../change/change.ts';
import type { HostFacts } from './facts.ts';

function serviceChange(
  service: ServiceSetup,
  action: ServiceAction,
  why: string,
  command: Command,
  undo: readonly Command[],
): ChangeService {
  return {
    kind: 'service',
    phase: 'services',
    title: `${action} ${service.name}`,
    why,
    commands: [command],
    undo,
    service: service.name,
    action,
    ...(service.requires && { requires: service.requires }),
  };
}

/**
 * systemctl enables and disables an init script together with the unit of its name. systemd does not look at such a
 * script, and an undo could not tell how its links were: they are left alone.
 */
export function atBoot(
  host: HostReader,
  service: string,
  command: Command | undefined,
): Command | undefined {
  if (command?.argv[0] !== 'systemctl') return command;
  const unit = findUnit(host, `${service}.service`);
  if (unit === undefined || host.stat(`/etc/init.d/${service}`) === undefined) return command;
  return { ...command, environment: { ...command.environment, SYSTEMCTL_SKIP_SYSV: '1' } };
}

/** Stops it where it runs: init scripts call it a failure to stop what has ended by itself. */
function stopIfRunning(
  host: HostReader,
  { services }: HostFacts['platform'],
  name: string,
): Command {
  const stop = services.stop(name);
  const argv = [...stop.argv, ...socketStartedWith(host, stop, name)];
  return { ...stop, argv, onlyIf: services.status(name).argv };
}

/**
 * The socket unit that systemd starts with the service, and that was not there before: it would start the service again
 * as soon as somebody connects (systemd.socket(5)).
 */
function socketStartedWith(host: HostReader, stop: Command, name: string): readonly string[] {
  const socket = `${name}.socket`;
  if (stop.argv[0] !== 'systemctl' || findUnit(host, socket) === undefined) return [];
  const atBootAnyway = host.lstat(`/etc/systemd/system/sockets.target.wants/${socket}`);
  return atBootAnyway === undefined ? [socket] : [];
}

function persistent(command: Command): Command {
  return { ...command, again: true };
}

export function planStart(
  host: HostReader,
  { platform }: HostFacts,
  service: ServiceSetup,
): ChangeService {
  const { name, why } = service;
  return serviceChange(service, 'start', why, persistent(platform.services.start(name)), [
    stopIfRunning(host, platform, name),
  ]);
}

/** Without an undo of its own: what starts it again then stands elsewhere in the plan. */
export function planStop(
  { platform }: HostFacts,
  service: ServiceSetup,
  why: string,
): ChangeService {
  return serviceChange(service, 'stop', why, platform.services.stop(service.name), []);
}

/** Enables the service where it is not, starts it where it does not run, restarts it where `changed`. */
export function planServiceOn(
  host: HostReader,
  facts: HostFacts,
  service: ServiceSetup,
  changed: boolean,
): readonly ChangeService[] {
  const { services, init } = facts.platform;
  const changes: ChangeService[] = [];
  const { name, why } = service;
  const enable = atBoot(host, name, services.enable(name));
  if (enable && isServiceEnabled(host, init, name) !== true) {
    const disable = atBoot(host, name, services.disable(name));
    changes.push(
      serviceChange(
        service,
        'enable',
        `${why} Started at every boot.`,
        enable,
        disable ? [disable] : [],
      ),
    );
  }
  if (!facts.running.has(name)) changes.push(planStart(host, facts, service));
  else if (changed) {
    changes.push(
      serviceChange(
        service,
        'restart',
        `${why} It reads its new settings.`,
        persistent(services.restart(name)),
        [],
      ),
    );
  }
  return changes;
}

/**
 * Stops the service where it runs and disables it where it is enabled. Where an edit of rc.conf disables it, the stop
 * comes before that: `service NAME stop` refuses where the flag is NO, and so does the start of an undo.
 */
export function planServiceOff(
  host: HostReader,
  facts: HostFacts,
  service: ServiceSetup,
): readonly ChangeService[] {
  const { services, init } = facts.platform;
  const { name } = service;
  const changes: ChangeService[] = [];
  const disable = atBoot(host, name, services.disable(name));
  if (facts.running.has(name) || !facts.knowsRunning) {
    const why = 'It filters no more mail.';
    const stop = serviceChange(service, 'stop', why, services.stop(name), [services.start(name)]);
    changes.push({ ...stop, phase: disable ? 'services' : 'files' });
  }
  if (disable && isServiceEnabled(host, init, name) !== false) {
    const enable = atBoot(host, name, services.enable(name));
    changes.push(
      serviceChange(
        service,
        'disable',
        'It stays off after a reboot.',
        disable,
        enable ? [enable] : [],
      ),
    );
  }
  return changes;
}

/**
 * Does nothing now. Undone, it has the services that ran before read their former files again; so it must stand
 * before the files in the plan, because undo goes backwards.
 */
export function restartOnUndo(
  title: string,
  commands: readonly Command[],
  phase: 'files' | 'mta',
): readonly RunOthers[] {
  if (commands.length === 0) return [];
  return [
    {
      kind: 'run',
      phase,
      title,
      why: 'An undo puts the files back first; then the services must read them.',
      commands: [],
      undo: commands.map(persistent),
    },
  ];
}

/** Finds a service by its name, under each init system. */
import { readText, type HostReader } from '../host/host.ts';
import type { InitSystem } from '../platforms/platform.ts';
import { freebsdServices } from './freebsd-service.ts';
import type { Service } from './service.ts';
import { systemdServices, underSystemd } from './systemd-service.ts';
import { sysvService } from './sysv-service.ts';
import { findUnit } from './unit-search.ts';

type Warn = (warning: string) => void;

/** The service and its instances; empty where none is installed. */
export function findServices(
  host: HostReader,
  init: InitSystem,
  name: string,
  warn: Warn,
): Service[] {
  return BY_INIT[init](host, name, warn);
}

const BY_INIT: Readonly<
  Record<InitSystem, (host: HostReader, name: string, warn: Warn) => Service[]>
> = {
  'rc.d': freebsdServices,
  sysv: (host, name, warn) => present(sysvService(host, name, warn)),
  systemd(host, name, warn) {
    const units = systemdServices(host, name);
    const masked = findUnit(host, `${name}.service`)?.masked === true;
    if (units.length > 0 && !masked) return units;
    // An init script counts only where no unit has its name, as systemd's own generator has it; a mask is no unit.
    const script = isLeftover(host, name) ? undefined : sysvService(host, name, warn);
    return script === undefined ? units : [underSystemd(host, script)];
  },
};

/**
 * Of a package that was removed and not purged dpkg keeps the init script and the links that start it, and the list of
 * these.
 */
function isLeftover(host: HostReader, name: string): boolean {
  const files = readText(host, `/var/lib/dpkg/info/${name}.list`);
  return files !== undefined && !/^\/usr\//m.test(files);
}

function present(service: Service | undefined): Service[] {
  return service === undefined ? [] : [service];
}

/** Finds a service by its name, whichever init system the platform has. */
import type { HostReader } from '../host/host.ts';
import type { PlatformName } from '../platforms/platform.ts';
import { freebsdServices } from './freebsd-service.ts';
import type { Service } from './service.ts';
import { systemdServices } from './systemd-service.ts';
import { sysvService } from './sysv-service.ts';

/** The service and its instances; empty where none is installed. */
export function findServices(
  host: HostReader,
  platform: PlatformName,
  name: string,
  warn: (warning: string) => void,
): Service[] {
  switch (platform) {
    case 'freebsd':
      return freebsdServices(host, name, warn);
    case 'centos6':
      return present(sysvService(host, name, warn));
    case 'redhat':
    case 'debian': {
      // An init script counts only where no unit has its name, as systemd's own generator has it.
      const units = systemdServices(host, name);
      return units.length > 0 ? units : present(sysvService(host, name, warn));
    }
  }
}

function present(service: Service | undefined): Service[] {
  return service === undefined ? [] : [service];
}

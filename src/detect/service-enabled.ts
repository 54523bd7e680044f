/** Whether the system starts a service, from its files: for `status`, and for the wizard's defaults. */
import type { HostReader } from '../host/host.ts';
import type { InitSystem } from '../platforms/platform.ts';
import { findServices } from './find-services.ts';

/**
 * @param service by its platform name: `sa-spamd`, `clamd@scan`, `spamd`, with or without `.service`
 * @returns undefined where no such service is installed
 */
export function isServiceEnabled(
  host: HostReader,
  init: InitSystem,
  service: string,
): boolean | undefined {
  const name = service.replace(/\.service$/, '');
  const found = findServices(host, init, name, () => undefined);
  if (found.length === 0) return undefined;
  // A name that stands for instances alone is on where one of them is.
  const own = found.filter((each) => each.instance === undefined);
  return (own.length > 0 ? own : found).some((each) => each.enabled);
}

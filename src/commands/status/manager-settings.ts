/** The manager's ini over what detection finds, for verbs that show or try its children. */
import { readManagerSettings, type ManagerSettings } from '../../doctor/manager-ini.ts';
import type { Host } from '../../host/host.ts';
import type { HostFacts } from '../../plan/facts.ts';

export function managerSettings(
  host: Host,
  { platform, detected, managerSpec }: HostFacts,
): ManagerSettings {
  const ini = `${platform.managerDirectory}/milter-manager.ini`;
  return readManagerSettings(host, ini, detected, managerSpec);
}

/** The conditions by their known names. */
import type { ConditionName } from '../../manager-config/keys.ts';
import type { Configuration } from '../../manager-config/config.ts';
import { authenticated, unauthenticated } from './authenticated.ts';
import type { Condition, NamedCondition } from './condition.ts';
import { remoteNetwork } from './remote-network.ts';
import { s25r } from './s25r.ts';
import { sendmailCompatible } from './sendmail-compatible.ts';
import { noStress, stressNotify } from './stress.ts';
import { trust } from './trust.ts';

export function makeConditions(
  configuration: Pick<Configuration, 's25r' | 'remote_network' | 'stress' | 'trust'>,
): Readonly<Record<ConditionName, NamedCondition>> {
  const known: Readonly<Record<ConditionName, Condition>> = {
    S25R: s25r(configuration.s25r),
    'Remote Network': remoteNetwork(configuration.remote_network),
    Authenticated: authenticated,
    Unauthenticated: unauthenticated,
    Trust: trust(configuration.trust),
    'No Stress': noStress(configuration.stress),
    'Stress Notify': stressNotify(configuration.stress),
    'Sendmail Compatible': sendmailCompatible,
  };
  const named = Object.entries(known).map(([name, condition]) => [name, { ...condition, name }]);
  return Object.fromEntries(named) as Readonly<Record<ConditionName, NamedCondition>>;
}

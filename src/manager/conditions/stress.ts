/** No Stress and Stress Notify: by the number of sessions that are open here. */
import type { Configuration } from '../../manager-config/config.ts';
import type { Circumstances, Condition } from './condition.ts';

type Settings = Configuration['stress'];

export function noStress(settings: Settings): Condition {
  return {
    atConnect: (circumstances) =>
      isStressed(settings, circumstances) ? 'under stress' : undefined,
  };
}

export function stressNotify(settings: Settings): Condition {
  return {
    macrosAtConnect: (circumstances) =>
      isStressed(settings, circumstances) ? { stress: 'yes' } : {},
  };
}

function isStressed(
  { threshold_n_connections: threshold }: Settings,
  { sessions }: Circumstances,
): boolean {
  return threshold !== 0 && sessions >= threshold;
}

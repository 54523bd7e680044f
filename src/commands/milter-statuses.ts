/** Each milter of the host, ours and others that were found: installed, enabled, running, socket. */
import type { HostFacts } from '../plan/facts.ts';
import type { MilterStatus } from '../ui/show-status.ts';

/** Ours in the order in which they are offered, then the others that detection found. */
export function milterStatuses(facts: HostFacts): readonly MilterStatus[] {
  const ours = facts.milters.map(({ milter, installed, detected }): MilterStatus => {
    const service = detected?.service;
    return {
      name: milter.name,
      installed: installed || detected !== undefined,
      enabled: detected?.enabled === true,
      running: !facts.knowsRunning
        ? undefined
        : service !== undefined && facts.running.has(service),
      socket: detected?.connectionSpec,
    };
  });
  const others = facts.detected
    .filter(({ name }) => !ours.some((each) => each.name === name))
    .map(({ name, enabled, connectionSpec }): MilterStatus => ({
      name,
      installed: true,
      enabled,
      running: undefined,
      socket: connectionSpec,
    }));
  return [...ours, ...others];
}

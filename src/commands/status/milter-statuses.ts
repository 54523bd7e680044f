/** Each milter of the host, ours and others that were found: installed, enabled, running, socket. */
import type { HostFacts } from '../../plan/facts.ts';
import type { MilterStatus } from '../../ui/show-status.ts';

/** Ours in the order in which they are offered, then the others that detection found. */
export function milterStatuses(facts: HostFacts): readonly MilterStatus[] {
  const ours = facts.milters.map(({ milter, installed, detected }): MilterStatus => ({
    name: milter.name,
    installed: installed || detected !== undefined,
    enabled: detected?.enabled === true,
    running: isRunning(facts, detected?.service),
    socket: detected?.connectionSpec,
  }));
  const others = facts.detected
    .filter(({ name }) => !ours.some((each) => each.name === name))
    .map(({ name, enabled, connectionSpec, service }): MilterStatus => ({
      name,
      installed: true,
      enabled,
      running: isRunning(facts, service),
      socket: connectionSpec,
    }));
  return [...ours, ...others];
}

/** Undefined where it cannot be seen; what is not installed does not run. */
export function isRunning(facts: HostFacts, service: string | undefined): boolean | undefined {
  if (!facts.knowsRunning) return undefined;
  return service !== undefined && facts.running.has(service);
}

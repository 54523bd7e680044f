/** `status --json`: all that is shown, as data. What cannot be seen is null. */
import type { StatusRow } from '../../ui/show-status.ts';
import type { HostStatus } from './host-status.ts';

export function statusAsJson({
  postfix,
  manager,
  milters,
}: HostStatus): Readonly<Record<string, unknown>> {
  const told = 'status' in manager.told ? manager.told.status : undefined;
  return {
    postfix: {
      ...rowAsJson(postfix),
      smtpdMilters: postfix.smtpdMilters ?? null,
      nonSmtpdMilters: postfix.nonSmtpdMilters ?? null,
      asksManager: postfix.manager !== undefined,
    },
    manager: {
      ...rowAsJson(manager),
      socket: manager.socket,
      told: told === undefined ? null : { ...told, milters: undefined },
      ...('reason' in manager.told && { silent: manager.told.reason }),
    },
    milters: milters.map((milter) => ({
      name: milter.name,
      ...rowAsJson(milter),
      socket: milter.socket ?? null,
      told: told?.milters.find(({ name }) => name === milter.name) ?? null,
    })),
  };
}

function rowAsJson(row: StatusRow): Readonly<Record<string, unknown>> {
  const { installed, version, enabled, running, reachable } = row;
  return {
    installed,
    version: version ?? null,
    enabled: enabled ?? null,
    running: running ?? null,
    reachable:
      reachable === undefined ? null : { unknown: null, yes: true, no: false }[reachable.state],
    ...(reachable && {
      reachedAs: reachable.user,
      ...('reason' in reachable && { reason: reachable.reason }),
    }),
  };
}

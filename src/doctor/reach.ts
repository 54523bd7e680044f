/** Who must get to which socket, and whether it does: tried as that user where we may, else worked out. */
import type { Host } from '../host/host.ts';
import type { HostFacts } from '../plan/facts.ts';
import { type Obstacle, obstacleTo, rightsOf } from './access.ts';

export interface Reach {
  /** The milter, or the manager. */
  readonly name: string;
  /** Who connects. */
  readonly user: string;
  readonly spec: string;
  readonly service: string | undefined;
  /** Worked out from modes; not looked at where the socket is not there. */
  readonly obstacle: Obstacle | undefined;
  readonly tried: Tried | undefined;
}

/** One connection, as that user. */
export interface Tried {
  readonly outcome: 'answers' | 'unreachable' | 'silent' | 'no-milter';
  readonly output: string;
}

/** Connects as a user; undefined where that cannot be done here. */
export type Connect = (user: string, spec: string) => Promise<Tried | undefined>;

/** The manager's user to every enabled child, and Postfix's to the manager. */
export async function reachesOf(
  host: Host,
  facts: HostFacts,
  postfixUser: string,
  connect: Connect,
): Promise<readonly Reach[]> {
  if (host.stat(facts.platform.managerProgram) === undefined) return [];
  const { manager } = facts;
  const { managerUser, managerService } = facts.platform;
  const wanted = [
    ...manager.milters
      .filter(({ enabled }) => enabled)
      .map(({ name, spec, service }) => ({
        ...{ name, spec: spec!, user: managerUser, service },
      })),
    {
      ...{ name: 'the milter manager', spec: manager.spec },
      ...{ user: postfixUser, service: managerService },
    },
  ];
  return await Promise.all(
    wanted.map(async (each): Promise<Reach> => {
      const rights = rightsOf(host, each.user);
      const path = socketPath(each.spec);
      const obstacle = path && rights ? obstacleTo(host, path, rights) : undefined;
      const stopped = each.service !== undefined && !facts.running.has(each.service);
      const tried = stopped || !rights ? undefined : await connect(each.user, each.spec);
      return { ...each, obstacle, tried };
    }),
  );
}

/** Of a spec that is a UNIX socket. */
export function socketPath(spec: string): string | undefined {
  return /^unix:(.*)$/.exec(spec)?.[1];
}

/** Whether nobody gets through: what was tried counts more than what modes say, which know no access lists. */
export function isBlocked({ obstacle, tried }: Reach): boolean {
  return tried === undefined ? obstacle !== undefined : tried.outcome === 'unreachable';
}

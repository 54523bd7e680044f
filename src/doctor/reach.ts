/** Who must get to which socket, and whether it does: tried as that user where we may, else worked out. */
import type { Host } from '../host/host.ts';
import type { HostFacts } from '../plan/facts.ts';
import { type Obstacle, obstacleTo, rightsOf } from './access.ts';
import type { ManagerSettings } from './manager-ini.ts';

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

/** One connection, a handshake and a QUIT. */
export interface Tried {
  readonly argv: readonly string[];
  readonly outcome: 'answers' | 'unreachable' | 'silent' | 'no-milter';
  readonly output: string;
}

const SECONDS = 5;

/** The manager's user to every enabled child, and Postfix's to the manager. */
export async function reachesOf(
  host: Host,
  facts: HostFacts,
  manager: ManagerSettings,
): Promise<readonly Reach[]> {
  if (host.stat(facts.platform.managerProgram) === undefined) return [];
  const { managerUser, managerService } = facts.platform;
  const wanted = [
    ...manager.children
      .filter(({ enabled }) => enabled)
      .map(({ name, connectionSpec, service }) => ({
        ...{ name, spec: connectionSpec!, user: managerUser, service },
      })),
    {
      ...{ name: 'the milter manager', spec: manager.spec },
      ...{ user: 'postfix', service: managerService },
    },
  ];
  return await Promise.all(
    wanted.map(async (each): Promise<Reach> => {
      const rights = rightsOf(host, each.user);
      const path = socketPath(each.spec);
      const obstacle = path && rights ? obstacleTo(host, path, rights) : undefined;
      const stopped = each.service !== undefined && !facts.running.has(each.service);
      const tried = stopped || !rights ? undefined : await connect(host, facts, each);
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

async function connect(
  host: Host,
  { platform }: HostFacts,
  { user, spec }: { readonly user: string; readonly spec: string },
): Promise<Tried | undefined> {
  const program = platform.testServerProgram;
  // A tree's sockets are not where they seem.
  if (!host.runs || !host.writable || host.root !== undefined) return undefined;
  if (host.stat(program) === undefined) return undefined;
  const argv = [program, '-u', user, '-s', spec];
  const { exitCode, stdout, stderr } = await host.run(
    [...argv, '--scenario', '/dev/stdin', '--all-timeouts', String(SECONDS)],
    { input: 'MTA > QUIT\n', timeout: 4 * SECONDS * 1000 },
  );
  const output = `${stdout}${stderr}`.trim().replace(/^.*\/dev\/stdin:\d+: /, '');
  switch (exitCode) {
    case 0:
      return { argv, outcome: 'answers', output };
    case 1:
      return { argv, outcome: 'unreachable', output };
    case 7:
    case 124:
      return { argv, outcome: 'silent', output };
    case 8:
      return { argv, outcome: 'no-milter', output };
    default:
      // Another version of the program.
      return undefined;
  }
}

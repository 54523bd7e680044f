/** Whether a user gets to a milter's socket: tried as that user, with a handshake and nothing else. */
import { userNamed } from '../../host/accounts.ts';
import type { Host } from '../../host/host.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { builtProgram } from '../../plan/package-files.ts';
import { EXIT_CODES } from '../../tester/exit-codes.ts';
import type { Reach } from '../../ui/show-status.ts';

/** Seconds for each step: to connect, to say and to hear something. */
const SECONDS = 5;
/** The milter is asked what it wants, and left. */
const HANDSHAKE = 'MTA > QUIT\n';

export async function reachable(
  host: Host,
  { platform }: HostFacts,
  user: string,
  spec: string,
): Promise<Reach> {
  const unknown = (reason: string): Reach => ({ state: 'unknown', user, reason });
  // On a host that is not set up yet: as it lies in this package.
  const installed = host.stat(platform.testServerProgram) !== undefined;
  const program = installed
    ? [platform.testServerProgram]
    : [process.execPath, builtProgram('milter-test-server')];
  if (!host.runs) return unknown('nothing runs on a tree');
  if (!host.writable) return unknown(`only root can try it as ${user}`);
  if (userNamed(host, user) === undefined) return unknown(`there is no user ${user}`);
  const { exitCode, stdout, stderr } = await host.run(
    [...program, '-u', user, '-s', spec, '--scenario', '-', '--all-timeouts', `${SECONDS}`],
    { input: HANDSHAKE, timeout: 4 * SECONDS * 1000 },
  );
  const reason = (`${stdout}${stderr}`.trim().split('\n')[0] ?? '').replace(
    /^(?:milter-test-server: )?(?:-:\d+: )?(?:Failed to connect to \S+: )?/,
    '',
  );
  switch (exitCode) {
    case EXIT_CODES.met:
      return { state: 'yes', user };
    case EXIT_CODES['cannot-connect']:
      return { state: 'no', user, reason, how: 'unreachable' };
    case EXIT_CODES.timeout:
    // The program itself did not end in time.
    case 124:
      return { state: 'no', user, reason: `no answer within ${SECONDS} seconds`, how: 'silent' };
    case EXIT_CODES['protocol-error']:
    case EXIT_CODES.unexpected:
      return { state: 'no', user, reason: `no milter answers there: ${reason}`, how: 'no-milter' };
    default:
      // Another version of the program, or no such user.
      return unknown(reason);
  }
}

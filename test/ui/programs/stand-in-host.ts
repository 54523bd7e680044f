/** In place of `src/host/real.ts`: the machine is the tree that the environment names, with its stand-ins for commands. */
import type { Host } from '../../../src/host/host.ts';
import { openTreeHost } from '../../../src/host/tree.ts';

export function openRealHost(): Host {
  return openTreeHost(process.env['STAND_IN_ROOT']!, process.env['STAND_IN_COMMANDS']);
}

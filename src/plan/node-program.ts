/** Which Node runs the installed programs: one that the manager's user may execute, by its absolute path. */
import { dirname } from 'node:path';
import type { HostReader } from '../host/host.ts';
import { SetupError } from '../host/setup-error.ts';

const USUAL = ['/usr/bin/node', '/usr/local/bin/node', '/usr/bin/nodejs'];

/**
 * The path of a Node for the service: the one that runs us where everybody may execute it, else a usual one.
 * A Node below /root (nvm of root) is not one: the manager's user cannot even see it.
 * @throws SetupError `no-node` with what to do
 */
export function nodeForService(host: HostReader, ours: string): string {
  const node = [ours, ...USUAL].find((path) => isExecutableByAll(host, path));
  if (node !== undefined) return node;
  throw new SetupError({
    code: 'no-node',
    message: `the service's user cannot execute ${ours}, and there is no Node.js in ${USUAL.join(', ')}`,
    hint: 'Install Node.js 20 for the whole system (a package, or into /usr/local), then run this again.',
  });
}

/** Of a host of which only the files are here: its own Node, or the path that its package has. */
export function nodeOfTree(host: HostReader, usual: string): string {
  return USUAL.find((path) => host.stat(path) !== undefined) ?? usual;
}

/** Whether the file and every directory above it can be entered and executed by anybody. */
function isExecutableByAll(host: HostReader, path: string): boolean {
  const file = host.stat(path);
  if (file?.type !== 'file' || (file.mode & 0o001) === 0) return false;
  for (let at = dirname(path); ; at = dirname(at)) {
    const mode = host.stat(at)?.mode;
    if (mode === undefined || (mode & 0o001) === 0) return false;
    if (at === '/') return true;
  }
}

/**
 * A process that applies a slow plan and rolls it back when it gets SIGINT or SIGTERM, as the program does.
 * Arguments: root, the stand-ins' directory. Ends with the error's exit code, prints its code and what was undone.
 */
import { beginRun } from '../../src/apply/run.ts';
import { SetupError } from '../../src/host/setup-error.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import { commandChange, STATE, writeChange } from './small-host.ts';

const [root = '', commands = ''] = process.argv.slice(2);
const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => abort.abort());
const host = openTreeHost(root, commands);
const run = beginRun(host, { stateDirectory: STATE, verb: 'add', signal: abort.signal });
try {
  await run.apply([
    writeChange({ path: '/etc/new', after: 'new\n' }),
    commandChange('run', [['slow', '1']], [['rm-slow']]),
    writeChange({ path: '/etc/never', after: 'never\n' }),
  ]);
} catch (error) {
  const { undone, notUndone } = await run.rollBack();
  if (!(error instanceof SetupError)) throw error;
  console.log(JSON.stringify([error.code, undone.length, notUndone.length]));
  process.exitCode = error.exitCode;
}

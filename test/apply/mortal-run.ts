/**
 * A process that applies the small host's plan, or undoes it, and is killed on the way.
 * Arguments: root, the stand-ins' directory, what (apply, fail, undo), the operation at which it dies, how (clean, torn).
 * Prints the number of operations where it lives on.
 */
import { beginRun } from '../../src/apply/run.ts';
import { undoNewest } from '../../src/apply/undo.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import { dyingHost } from './dying-host.ts';
import { commandChange, PACKAGES, REST, STATE } from './small-host.ts';

const [root = '', commands = '', what, at, how] = process.argv.slice(2);
let operations = 0;
const death = { at: Number(at), torn: how === 'torn' };
const host = dyingHost(openTreeHost(root, commands), death, () => (operations += 1));

async function apply(): Promise<void> {
  const run = beginRun(host, { stateDirectory: STATE, verb: 'add' });
  await run.apply(PACKAGES);
  await run.apply(REST);
  run.finish();
}

async function failAtTheEnd(): Promise<void> {
  const run = beginRun(host, { stateDirectory: STATE, verb: 'add' });
  try {
    await run.apply(PACKAGES);
    await run.apply([...REST, commandChange('prove', [['fail', '1', 'no answer']])]);
  } catch {
    const { notUndone } = await run.rollBack();
    if (notUndone.length > 0) throw new Error('something could not be undone');
  }
}

async function undo(): Promise<void> {
  await undoNewest(host, { stateDirectory: STATE, packages: true });
}

const work = what === 'undo' ? undo : what === 'fail' ? failAtTheEnd : apply;
await work();
console.log(operations);

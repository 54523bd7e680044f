/** Plays the events of a run that fails in its second step, with pauses long enough to be seen. */
import { setTimeout as pause } from 'node:timers/promises';
import { createProgress } from '../../../src/ui/progress.ts';
import { decideStyle } from '../../../src/ui/style.ts';
import { PLAN } from '../plan.ts';

const verbose = process.argv.includes('--verbose');
const style = decideStyle({
  environment: process.env,
  isTTY: process.stdout.isTTY,
  columns: process.stdout.columns,
  when: 'auto',
  verbose,
});

async function main(): Promise<void> {
  const progress = createProgress({ output: process.stdout, style, verbose });
  const [first, , , fourth, last] = PLAN.changes;
  progress.report({ kind: 'started', change: first! });
  await pause(90);
  progress.report({ kind: 'output', change: first!, text: 'Reading package lists\nUnpack' });
  progress.report({ kind: 'output', change: first!, text: 'ing postfix\n' });
  await pause(90);
  progress.report({ kind: 'done', change: first! });
  progress.report({ kind: 'skipped', change: last!, reason: 'no virus signatures' });
  progress.report({ kind: 'started', change: fourth! });
  await pause(90);
  progress.report({ kind: 'failed', change: fourth!, message: 'postfix check ended with 1' });
  progress.report({ kind: 'undoing', change: first! });
  progress.report({ kind: 'undone', change: first! });
  await progress.finish();
  process.stdout.write('the end\n');
}

void main();

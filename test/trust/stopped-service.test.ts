/** Undo where somebody has stopped since what it would reload: that is no failure, and it stays stopped. */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { beginRun } from '../../src/apply/run.ts';
import { undoNewest } from '../../src/apply/undo.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import type { Command } from '../../src/change/change.ts';
import { commandChange, COMMANDS, makeHost, STATE } from '../apply/small-host.ts';

let root: string;
beforeEach(() => {
  root = makeHost();
});
afterEach(() => fs.rmSync(root, { recursive: true }));

/** The stand-in `check FILE TEXT` succeeds where the file holds the text; `fail` never does. */
async function undoOf(reload: Command): Promise<number> {
  const host = openTreeHost(root, COMMANDS);
  const run = beginRun(host, { stateDirectory: STATE, verb: 'setup' });
  await run.apply([{ ...commandChange('service', []), undo: [reload] }]);
  run.finish();
  return (await undoNewest(host, { stateDirectory: STATE })).notUndone.length;
}

it('is done where the service runs, and its failure then counts', async () => {
  fs.writeFileSync(join(root, 'run/postfix'), 'running\n');
  const onlyIf = ['check', '/run/postfix', 'running'];
  expect(await undoOf({ argv: ['fail', '1', 'bad configuration'], onlyIf })).toBe(1);
});

it('is left where it does not', async () => {
  fs.writeFileSync(join(root, 'run/postfix'), 'stopped\n');
  const onlyIf = ['check', '/run/postfix', 'running'];
  expect(await undoOf({ argv: ['fail', '1', 'not active, cannot reload'], onlyIf })).toBe(0);
});

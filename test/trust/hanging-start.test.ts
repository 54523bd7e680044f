/** A service whose start hangs once, as clamav-milter's does, costs a run its time and no more. */
import fs from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { beginRun } from '../../src/apply/run.ts';
import { SetupError } from '../../src/host/setup-error.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import { gatherFacts } from '../../src/plan/facts.ts';
import { planServiceOn } from '../../src/plan/services.ts';
import { commandChange, COMMANDS, makeHost, STATE } from '../apply/small-host.ts';
import { DEBIAN, standInHost } from '../plan/stand-in-host.ts';

const SERVICE = { name: 'clamav-milter', why: 'The virus milter.' };
let root: string;
beforeEach(() => {
  root = makeHost();
});
afterEach(() => fs.rmSync(root, { recursive: true }));

it('a command that may is run once more when its time is up', async () => {
  const run = beginRun(openTreeHost(root, COMMANDS), { stateDirectory: STATE, verb: 'setup' });
  const change = commandChange('service', []);
  const start = (file: string) => ({ argv: ['hang', file], timeout: 0.2 });
  await run.apply([{ ...change, commands: [{ ...start('/run/one'), again: true }] }]);
  await expect(run.apply([{ ...change, commands: [start('/run/two')] }])).rejects.toThrow(
    SetupError,
  );
  await run.rollBack();
});

it('starts and restarts may', async () => {
  for (const running of [[], [SERVICE.name]]) {
    const host = standInHost(DEBIAN, running);
    const changes = planServiceOn(host, await gatherFacts(host), SERVICE, true);
    const last = changes.at(-1)!;
    expect([last.action, last.commands[0]?.again]).toEqual([
      running[0] ? 'restart' : 'start',
      true,
    ]);
  }
});

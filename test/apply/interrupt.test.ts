import { spawn } from '@lydell/node-pty';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { beginRun } from '../../src/apply/run.ts';
import { listCheckpoints, undoNewest } from '../../src/apply/undo.ts';
import { SetupError } from '../../src/host/setup-error.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import { buildProgram, type Program } from './program.ts';
import { commandChange, COMMANDS, makeHost, snapshot, STATE, writeChange } from './small-host.ts';

let program: Program;
let root: string;

beforeAll(async () => {
  program = await buildProgram('interrupted-run.ts');
});
afterAll(() => program.remove());
beforeEach(() => {
  root = makeHost();
});
afterEach(() => fs.rmSync(root, { recursive: true }));

const slowState = (path: string): string => fs.readFileSync(join(root, path), 'utf8');

async function slowHasBegun(): Promise<void> {
  await expect.poll(() => fs.existsSync(join(root, 'run/slow')), { timeout: 15_000 }).toBe(true);
}

function expectEverythingUndone(before: Readonly<Record<string, string>>): void {
  expect(slowState('var/slow')).toBe('ended\n');
  fs.rmSync(join(root, 'var/slow'));
  expect(snapshot(root)).toEqual(before);
  expect(listCheckpoints(openTreeHost(root), STATE)[0]?.state).toBe('undone');
}

it('lets the command end at Ctrl-C on a terminal, undoes all, and exits with 130', async () => {
  const before = snapshot(root);
  const terminal = spawn(process.execPath, [program.path, root, COMMANDS], {});
  let said = '';
  terminal.onData((data) => (said += data));
  const ended = new Promise<number>((resolve) => terminal.onExit((exit) => resolve(exit.exitCode)));
  await slowHasBegun();
  terminal.write('\x03');
  expect(await ended).toBe(130);
  expect(said).toContain('["cancelled",2,0]');
  expectEverythingUndone(before);
});

it('does the same at SIGTERM', async () => {
  const before = snapshot(root);
  const child = execFile(process.execPath, [program.path, root, COMMANDS]);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await slowHasBegun();
  child.kill('SIGTERM');
  expect(await ended).toBe(130);
  expectEverythingUndone(before);
});

it('does not wait out a command that is only tried again', async () => {
  const host = openTreeHost(root, COMMANDS);
  const abort = new AbortController();
  const setup = { stateDirectory: STATE, verb: 'add', signal: abort.signal };
  const run = beginRun(host, setup);
  const change = {
    ...commandChange('prove', []),
    commands: [{ argv: ['try', '99'], patience: 60 }],
  };
  const applied = run.apply([change]);
  setTimeout(() => abort.abort(), 200);
  await expect(applied).rejects.toMatchObject({ code: 'cancelled', exitCode: 130 });
  await run.rollBack();
});

it('stops an undo at the second Ctrl-C, which can be taken up again', async () => {
  const host = openTreeHost(root, COMMANDS);
  const before = snapshot(root);
  const run = beginRun(host, { stateDirectory: STATE, verb: 'add' });
  await run.apply([
    writeChange({ path: '/etc/one', after: '1\n' }),
    commandChange('service', [['service', 'x', 'start']], [['service', 'x', 'stop']]),
  ]);
  const abort = new AbortController();
  const undoing = run.rollBack({ signal: abort.signal });
  abort.abort();
  const error: unknown = await undoing.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SetupError);
  expect(error).toMatchObject({ code: 'undo-interrupted', hint: 'milter-setup undo', exitCode: 4 });
  expect(fs.existsSync(join(root, 'etc/one'))).toBe(true);
  await undoNewest(host, { stateDirectory: STATE });
  expect(snapshot(root)).toEqual(before);
});

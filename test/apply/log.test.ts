/** The log that a run leaves: what an admin looks up after something went wrong. */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { beginRun } from '../../src/apply/run.ts';
import { undoNewest } from '../../src/apply/undo.ts';
import type { Host } from '../../src/host/host.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import { commandChange, COMMANDS, makeHost, PACKAGES, REST, STATE } from './small-host.ts';

let root: string;
let host: Host;
beforeEach(() => {
  root = makeHost();
  host = openTreeHost(root, COMMANDS);
});
afterEach(() => fs.rmSync(root, { recursive: true }));

const setup = { stateDirectory: STATE, verb: 'setup' };
const logs = (): readonly string[] =>
  fs
    .readdirSync(join(root, STATE, 'log'))
    .map((name) => fs.readFileSync(join(root, STATE, 'log', name), 'utf8'));

async function failWith(...argv: readonly string[]): Promise<string> {
  const run = beginRun(host, setup);
  await expect(run.apply([...PACKAGES, ...REST, commandChange('run', [argv])])).rejects.toThrow();
  await run.rollBack();
  return fs.readFileSync(join(root, run.logPath!), 'utf8');
}

it('has every step, every command with its exit code and whole output, and what was undone', async () => {
  const log = await failWith('fail', '7', 'no such luck');
  const lines = log.split('\n').map((line) => line.replace(/^\S+Z /, ''));
  expect(lines).toContain('done: Edit /etc/spamd.conf');
  expect(lines).toContain('$ pkg install spamd clamd');
  expect(lines).toContain('| line 1');
  expect(lines).toContain('| no such luck');
  expect(log).toMatch(/Z exit code 7 after \d+\.\d s: fail 7 'no such luck'$/m);
  expect(lines).toContain('undone: Edit /etc/spamd.conf');
  expect(lines).toContain('$ pkg remove clamd spamd');
  const times = [...log.matchAll(/^(\d{4}-\d\d-\d\dT[\d:.]+Z) /gm)].map(([, time]) => time);
  expect(times).toEqual(times.toSorted());
});

it('is open to its owner only, also where the umask would let others read', async () => {
  await failWith('fail', '1', '');
  const directory = join(root, STATE, 'log');
  expect(fs.statSync(directory).mode & 0o777).toBe(0o700);
  const [name] = fs.readdirSync(directory);
  expect(fs.statSync(join(directory, name!)).mode & 0o777).toBe(0o600);
});

/** A host whose only command is this script. */
function withCommand(script: string): Host {
  const commands = fs.mkdtempSync(join(root, 'commands-'));
  fs.writeFileSync(join(commands, 'speak'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return openTreeHost(root, commands);
}

it('holds no passwords that commands print, nor does the error', async () => {
  host = withCommand("printf 'bindpw = hunter2\\nhttp://me:hunter2@x/\\n'; exit 1");
  const run = beginRun(host, setup);
  const failed = String(
    await run.apply([commandChange('run', [['speak']])]).catch((error: unknown) => error),
  );
  await run.rollBack();
  expect(failed).toContain('bindpw = [hidden]');
  expect(logs().join('')).toContain('| bindpw = [hidden]\n| http://[hidden]@x/');
  expect(`${failed}${logs().join('')}`).not.toContain('hunter2');
});

it('keeps output that is longer than what is remembered of it', async () => {
  fs.writeFileSync(join(root, 'long'), 'x'.repeat(79).concat('\n').repeat(40_000));
  host = withCommand(`echo first; cat ${root}/long`);
  const run = beginRun(host, setup);
  await run.apply([commandChange('run', [['speak']])]);
  run.finish();
  expect(logs().join('')).toContain('| first\n');
  expect(logs().join('').length).toBeGreaterThan(40_000 * 80);
});

it('is one for an undo, too', async () => {
  const run = beginRun(host, setup);
  await run.apply([...PACKAGES, ...REST]);
  run.finish();
  await undoNewest(host, { stateDirectory: STATE });
  expect(logs()).toHaveLength(2);
  expect(logs()[1]).toContain('undone: Edit /etc/spamd.conf');
});

/** Nobody reads what a run says, as after `| head` or a lost connection: it must not end half-way for that. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const PROGRAM = new URL('../../bin/milter-setup.js', import.meta.url).pathname;
let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'lost-output-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

/** Runs it with both outputs closed from the start. @returns its exit code */
function unheard(verb: string): Promise<number | null> {
  const child = spawn(process.execPath, [PROGRAM, verb], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: directory },
  });
  child.stdout.destroy();
  child.stderr.destroy();
  return new Promise((resolve) => child.on('exit', resolve));
}

it('what changes something goes on to its end and clears up behind it', async () => {
  expect(await unheard('demo')).toBe(0);
  expect(fs.readdirSync(directory)).toEqual([]);
});

it('what only shows ends quietly', async () => {
  expect(await unheard('help')).toBe(0);
});

/** One Ctrl-C may come twice: npx passes on to the program what the terminal has sent it already. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';

const PROGRAM = new URL('../../bin/milter-setup.js', import.meta.url).pathname;
let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'signals-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

/** Runs the demo and sends it the signals, 50 ms apart, once it works. */
async function interrupted(...signals: readonly NodeJS.Signals[]) {
  const child = spawn(process.execPath, [PROGRAM, 'demo'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: directory },
  });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  await new Promise<void>((resolve) => {
    let output = '';
    child.stdout.on('data', (text: Buffer) => {
      output += text.toString();
      if (output.includes('Starting')) resolve();
    });
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  for (const signal of signals) {
    child.kill(signal);
    await sleep(50);
  }
  return { exitCode: await ended, errors };
}

it.each([
  ['SIGINT', 'SIGINT'],
  // A lost terminal, and then the end of its session.
  ['SIGHUP', 'SIGTERM'],
] as const)('%s and %s let it clear up', async (...signals) => {
  const { exitCode, errors } = await interrupted(...signals);
  expect(errors.match(/stopping after this step/g)).toHaveLength(1);
  expect(errors).not.toContain('stopped at once');
  expect(exitCode).toBe(130);
  expect(fs.readdirSync(directory)).toEqual([]);
});

import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { takeLock } from '../../src/apply/lock.ts';
import type { Host } from '../../src/host/host.ts';
import { SetupError } from '../../src/host/setup-error.ts';
import { openTreeHost } from '../../src/host/tree.ts';

let root: string;
let host: Host;
let other: ChildProcess;

beforeEach(() => {
  root = fs.mkdtempSync(join(os.tmpdir(), 'lock-'));
  host = openTreeHost(root);
  other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
});

afterEach(() => {
  other.kill('SIGKILL');
  fs.rmSync(root, { recursive: true });
});

const STATE = '/var/lib/milter-setup';
const take = (): { release(): void } => takeLock(host, STATE, 'enable');

function leave(lock: object): void {
  fs.mkdirSync(join(root, STATE), { recursive: true });
  fs.writeFileSync(join(root, STATE, 'lock'), JSON.stringify(lock));
}

function refusal(): SetupError {
  try {
    take();
  } catch (error) {
    if (error instanceof SetupError) return error;
    throw error;
  }
  throw new Error('the lock was given twice');
}

it('is held by one run at a time, which it names', () => {
  const lock = take();
  expect(refusal()).toMatchObject({ code: 'locked', exitCode: 5 });
  expect(refusal().message).toMatch(
    new RegExp(`^milter-setup enable \\(process ${process.pid}, since 20.*Z\\) is at work`),
  );
  lock.release();
  take().release();
  expect(fs.readdirSync(join(root, STATE))).toEqual([]);
});

it('of another process that lives is respected', () => {
  leave({ pid: other.pid, verb: 'add', since: '2026-01-01T00:00:00.000Z' });
  expect(refusal().message).toContain(`milter-setup add (process ${other.pid ?? 0}, since 2026`);
});

it('of a process that died is taken over', async () => {
  leave({ pid: other.pid, verb: 'add', since: '' });
  const died = new Promise((resolve) => other.once('exit', resolve));
  other.kill('SIGKILL');
  await died;
  take();
  expect(refusal().message).toContain(`process ${process.pid}`);
});

it.runIf(fs.existsSync('/proc/self/stat'))('is not held by who got the same number since', () => {
  leave({ pid: other.pid, started: 'another-boot/1', verb: 'add', since: '' });
  take().release();
});

it.each(['', '{"pid":', '{"pid":"x"}', '{"pid":-1}'])(
  'that says nothing is taken over: %j',
  (text) => {
    leave({});
    fs.writeFileSync(join(root, STATE, 'lock'), text);
    take().release();
  },
);

it('that one run is taking over is not taken over by another', () => {
  leave({ pid: 0 });
  fs.writeFileSync(
    join(root, STATE, 'lock.takeover'),
    JSON.stringify({ pid: other.pid, verb: 'plan', since: '' }),
  );
  expect(refusal().message).toContain(`process ${other.pid ?? 0}`);
});

/** Whose socket it is: a stale one may be taken away, one that only looks dead may not. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listen, clearTheWay, ListenError } from '../../src/manager/program/listener.ts';

let directory = '';
let other: ChildProcess | undefined;
const waiting: Socket[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'listener-'));
});
afterEach(() => {
  for (const socket of waiting.splice(0)) socket.destroy();
  other?.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

const path = (): string => join(directory, 'socket');

/** Another program that listens and has room for one connection that it has not taken yet. */
async function listenElsewhere(): Promise<ChildProcess> {
  const code = `require('node:net').createServer().listen({ path: process.argv[1], backlog: 1 }, () => console.log('yes'))`;
  const child = spawn(process.execPath, ['-e', code, path()], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  other = child;
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

function clear(): Promise<void> {
  return clearTheWay({
    ...{ spec: { kind: 'unix', path: path() }, locate: (each) => each, mode: 0o660 },
    ...{ group: undefined, removeStale: true },
  });
}

it('removes a socket that nobody listens on any more', async () => {
  const child = await listenElsewhere();
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  await clear();
  expect(existsSync(path())).toBe(false);
});

it.skipIf(process.platform !== 'linux')(
  'leaves the socket of a program that is too busy to take another connection',
  async () => {
    const child = await listenElsewhere();
    child.kill('SIGSTOP');
    let full = false;
    while (!full) {
      const socket = connect(path());
      waiting.push(socket);
      full = await new Promise((resolve) => {
        socket.once('connect', () => resolve(false));
        socket.once('error', () => resolve(true));
      });
    }
    await expect(clear()).rejects.toThrow(ListenError);
    expect(existsSync(path())).toBe(true);
  },
);

it('does not listen at a path that is cut off', async () => {
  const deep = join(directory, 'd'.repeat(60), 'e'.repeat(60));
  mkdirSync(deep, { recursive: true });
  const listening = listen(
    {
      ...{ spec: { kind: 'unix', path: '/socket' }, locate: (each) => join(deep, each) },
      ...{ mode: 0o660, group: undefined, removeStale: true },
    },
    () => undefined,
  );
  await expect(listening).rejects.toThrow(/socket path is longer than/);
  expect(readdirSync(join(directory, 'd'.repeat(60)))).toEqual(['e'.repeat(60)]);
});

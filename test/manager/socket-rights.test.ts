/** The socket is made by root in a directory of the manager's user: whatever that user does meanwhile, root harms no other file. */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen } from '../../src/manager/program/listener.ts';

const NOBODY = 65534;
const GROUP = 4242;
const ROUNDS = 100;

/** Moves whatever stands in the directory away and puts a link to root's file in its place, as fast as it can. */
const ATTACK = `
const { readdirSync, renameSync, symlinkSync, unlinkSync } = require('node:fs');
const [, directory, victim] = process.argv;
process.stdout.write('ready');
for (;;) {
  let names = [];
  try { names = readdirSync(directory, { withFileTypes: true }); } catch {}
  for (const entry of names) {
    const path = directory + '/' + entry.name;
    if (!entry.isSocket()) continue;
    try { renameSync(path, directory + '/away'); symlinkSync(victim, path); } catch {}
  }
}`;

let root = '';
let attacker: ChildProcess | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rights-'));
  chmodSync(root, 0o755);
  mkdirSync(join(root, 'run'));
  chownSync(join(root, 'run'), NOBODY, NOBODY);
  writeFileSync(join(root, 'secret'), 'root only', { mode: 0o600 });
});
afterEach(() => {
  attacker?.kill('SIGKILL');
  rmSync(root, { recursive: true });
});

describe.skipIf(process.geteuid?.() !== 0)('as root, in a directory of another user', () => {
  const socket = (): string => join(root, 'run', 'manager.sock');
  const make = (mode: number) =>
    listen(
      {
        ...{ spec: { kind: 'unix', path: socket() }, locate: (path) => path, removeStale: true },
        ...{ mode, group: GROUP },
      },
      () => undefined,
    );

  it('the socket has its mode and group', async () => {
    const umask = process.umask(0o027);
    const server = await make(0o660);
    expect(statSync(socket())).toMatchObject({ mode: 0o140660, uid: 0, gid: GROUP });
    expect([process.umask(umask), process.getegid!()]).toEqual([0o027, 0]);
    server.close();
  });

  it(`no other file gets them, ${ROUNDS} times of ${ROUNDS}`, async () => {
    const child = spawn(process.execPath, ['-e', ATTACK, join(root, 'run'), join(root, 'secret')], {
      uid: NOBODY,
      gid: NOBODY,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    attacker = child;
    await new Promise((resolve) => child.stdout.once('data', resolve));
    let lost = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const server = await make(0o666).catch(() => undefined);
      const { mode, gid } = statSync(join(root, 'secret'));
      if (mode === 0o100600 && gid === 0) lost += 1;
      chownSync(join(root, 'secret'), 0, 0);
      chmodSync(join(root, 'secret'), 0o600);
      server?.close();
      rmSync(socket(), { force: true });
    }
    expect(lost, 'rounds that the attacker lost').toBe(ROUNDS);
  }, 60_000);
});

import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'rolldown';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Configuration } from '../../src/manager-config/config.ts';
import { readConfiguration } from '../../src/manager-config/read-configuration.ts';
import { startManager, type Manager } from '../../src/manager/program/manager.ts';
import { MAIL, playMail, vanishAfter } from './mail-player.ts';

const AT_A_TIME = 8;
/** Milliseconds in which a child that says nothing is given up, and somewhat more. */
const TIMEOUT = 600;
const PASSED = 'c'.repeat(MAIL.length);

const directory = mkdtempSync(join(tmpdir(), 'faults-'));
const socket = join(directory, 'manager');
const childProgram = join(directory, 'child.cjs');
let manager: Manager;
let good: ChildProcess;
let moody: ChildProcess;

/**
 * With less to wait than one body packet has, so that the MTA is held back in every mail.
 * @param reuse whether children keep their connections for the next session
 */
function configuration(reuse: 'yes' | 'no'): Configuration {
  const text = `[manager]
detect = no
connection_spec = unix:${socket}
breaker_failures = 0
max_queue = 1k
[log]
use_syslog = no
[milter.good]
connection_spec = unix:${directory}/good
connection_reuse = ${reuse}
[milter.moody]
connection_spec = unix:${directory}/moody
after =
connection_reuse = ${reuse}
fallback_status = temporary-failure
reading_timeout = 0.5
end_of_message_timeout = 0.5
`;
  return readConfiguration({ text, path: 'ini', detect: () => ({ milters: [], warnings: [] }) });
}

beforeAll(async () => {
  await build({
    input: 'test/manager/moody-child.ts',
    platform: 'node',
    output: { file: childProgram, format: 'cjs' },
    logLevel: 'silent',
  });
  good = await startChild('good');
  manager = await startManager({ configuration: configuration('no') });
});
afterAll(async () => {
  good.kill('SIGKILL');
  await manager.stop(0);
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  moody = await startChild('moody');
});
afterEach(() => {
  moody.kill('SIGKILL');
});

async function startChild(name: string): Promise<ChildProcess> {
  const path = join(directory, name);
  rmSync(path, { force: true });
  const child = spawn(process.execPath, [childProgram, path]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

/** Plays mails all the while, and lets the fault happen in the middle; gives how the mails of each half ended. */
async function underLoad(
  fault: () => unknown,
  noticedIn = 200,
): Promise<{ before: string[]; after: string[] }> {
  const before: string[] = [];
  const after: string[] = [];
  let happened = false;
  let stop = false;
  const play = async (): Promise<void> => {
    while (!stop) {
      const early = !happened;
      const letters = await playMail(socket);
      (early ? before : after).push(letters);
    }
  };
  const players = Array.from({ length: AT_A_TIME }, play);
  await Promise.race([sleep(100), ...players]);
  await fault();
  happened = true;
  await Promise.race([sleep(noticedIn), ...players]);
  stop = true;
  await Promise.all(players);
  after.push(...(await Promise.all(players.map(() => playMail(socket)))));
  return { before, after };
}

/** Every mail is answered: it passed, or got the fallback of the child that failed. */
function expectFallback({ before, after }: { before: string[]; after: string[] }): void {
  for (const letters of [...before, ...after]) expect(letters).toMatch(/^(?:c{9}|c{0,8}t)$/);
  expect(after.at(-1), 'the fault is noticed').toMatch(/t$/);
}

async function expectRecovery(): Promise<void> {
  expect(await playMail(socket)).toBe(PASSED);
  for (let attempt = 0; attempt < 100 && manager.openSessions > 0; attempt += 1) await sleep(10);
  expect(manager.openSessions).toBe(0);
}

describe.each(['no', 'yes'] as const)('a child under load, connections kept: %s', (reuse) => {
  beforeAll(() => manager.reload(configuration(reuse)));

  it.each(['garbage', 'half-close', 'delay', 'close'])('%s: its fallback', async (mood) => {
    const noticedIn = mood === 'delay' ? TIMEOUT : undefined;
    expectFallback(await underLoad(() => moody.stdin!.write(mood), noticedIn));
    moody.stdin!.write('continue');
    await sleep(50);
    await expectRecovery();
  });

  it('kill -9: its fallback, until it is there again', async () => {
    expectFallback(await underLoad(() => moody.kill('SIGKILL')));
    moody = await startChild('moody');
    await expectRecovery();
  });

  it('stopped: its fallback, until it goes on', async () => {
    expectFallback(await underLoad(() => moody.kill('SIGSTOP'), TIMEOUT));
    moody.kill('SIGCONT');
    await sleep(50);
    await expectRecovery();
  });

  it('socket removed: its fallback for new connections, and only for them', async () => {
    const { before, after } = await underLoad(() => rmSync(join(directory, 'moody')));
    if (reuse === 'no') expectFallback({ before, after });
    else expect(after.at(-1)).toBe(PASSED);
    moody.kill('SIGKILL');
    moody = await startChild('moody');
    await expectRecovery();
  });
});

describe('the MTA under load', () => {
  it('vanishes at each stage: nothing is left behind', async () => {
    const vanished = MAIL.map((_packet, at) => playMail(socket, at));
    expect(await Promise.all(vanished)).toEqual(MAIL.map((_packet, at) => 'c'.repeat(at)));
    await expectRecovery();
  });

  it('vanishes while a child thinks, at each stage: likewise', async () => {
    const think = async (): Promise<void> => {
      moody.stdin!.write('delay');
      await sleep(20);
    };
    for (const at of MAIL.keys()) {
      await vanishAfter(socket, at, think);
      moody.stdin!.write('continue');
      await sleep(20);
    }
    await expectRecovery();
  });
});

const mayMount = process.geteuid?.() === 0 && spawnSync('mount', ['--version']).error === undefined;
if (!mayMount) console.warn('skipped: a full disk needs root and mount(8)');

describe('the spool file', () => {
  const spool = join(directory, 'spool');

  /** Two stages, and a body above max_body_memory, which is also more than may wait to be written. */
  async function expectPutOff(spoolDirectory: string): Promise<void> {
    const text = `[manager]\ndetect = no\nconnection_spec = unix:${socket}\nmax_body_memory = 1000\nmax_queue = 1k\nspool_directory = ${spoolDirectory}\n[log]\nuse_syslog = no\n[milter.good]\nconnection_spec = unix:${directory}/good\n[milter.last]\nconnection_spec = unix:${directory}/good\n`;
    const earlier = manager.configuration;
    manager.reload(
      readConfiguration({ text, path: 'ini', detect: () => ({ milters: [], warnings: [] }) }),
    );
    const mails = await Promise.all(Array.from({ length: AT_A_TIME }, () => playMail(socket)));
    for (const letters of mails) expect(letters).toMatch(/^c{7,8}t$/);
    manager.reload(earlier);
    await expectRecovery();
  }

  it('cannot be made: a temporary failure, and nothing for ever', () =>
    expectPutOff(join(directory, 'none')));

  it.skipIf(!mayMount)('finds the disk full: likewise', async () => {
    mkdirSync(spool);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'none', spool]);
    try {
      await expectPutOff(spool);
    } finally {
      // Its last file goes with the session that had it.
      for (
        let attempt = 0;
        spawnSync('umount', [spool]).status !== 0 && attempt < 100;
        attempt += 1
      )
        await sleep(20);
    }
  });
});

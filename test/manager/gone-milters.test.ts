/** A milter that is taken from the host while the manager runs, and one that comes back. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { configurationLoader } from '../../src/manager-config/load.ts';
import { GoneMilters } from '../../src/manager/program/gone-milters.ts';
import type { ProcessStatus } from '../../src/manager/report/status-board.ts';

const UNIT = '/usr/lib/systemd/system/opendkim.service';
const WANTED = '/etc/systemd/system/multi-user.target.wants/opendkim.service';
const START = Date.parse('2026-01-01T00:00:00Z');

let root = '';
let now = START;
let fails = true;
let said: string[];
let reloads: string[][];
let watch: GoneMilters;

function write(path: string, text: string): void {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function install(): void {
  write(UNIT, '[Service]\nExecStart=/usr/sbin/opendkim -f -p local:/run/opendkim.sock\n');
  mkdirSync(join(root, dirname(WANTED)), { recursive: true });
  symlinkSync(UNIT, join(root, WANTED));
}

function remove(...paths: string[]): void {
  for (const path of paths) rmSync(join(root, path));
}

/** As many looks as a time has, ten seconds apart. */
async function pass(seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 10) {
    now += 10_000;
    await watch.look();
  }
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gone-'));
  write('/etc/os-release', 'ID=debian\nVERSION_ID="13"\n');
  write('/etc/debian_version', '13.0\n');
  [now, fails, said, reloads] = [START, true, [], []];
  const at = new Date(START).toISOString();
  const status = (): ProcessStatus =>
    ({
      milters: [
        {
          name: 'opendkim',
          last: null,
          lastFailure: fails
            ? { kind: 'unreachable', reason: 'connect ENOENT', stage: 'negotiate', at }
            : null,
        },
      ],
    }) as unknown as ProcessStatus;
  install();
  watch = new GoneMilters(
    () => Promise.resolve().then(configurationLoader({ root })),
    {
      status: () => Promise.resolve([status()]),
      reload: ({ milters }) => void reloads.push(milters.map(({ name }) => name)),
      say: (_level, text) => void said.push(text),
    },
    () => now,
  );
});
afterEach(() => {
  watch.close();
  rmSync(root, { recursive: true });
});

it('is asked no longer when its service is gone, and again when it is back', async () => {
  await pass(300);
  expect(said).toEqual([]);
  remove(UNIT, WANTED);
  await pass(50);
  expect(reloads).toEqual([]);
  await pass(30);
  expect(said).toEqual(['opendkim is not installed any more: it is not asked any longer']);
  expect(reloads).toEqual([[]]);
  fails = false;
  await pass(60);
  install();
  await pass(10);
  expect(said[1]).toBe('opendkim is installed again: it is asked');
  expect(reloads).toEqual([[], ['opendkim']]);
});

it('stays where an upgrade takes its unit away for a while, and where it is only disabled', async () => {
  await pass(10);
  remove(UNIT, WANTED);
  await pass(40);
  install();
  await pass(100);
  remove(WANTED);
  await pass(300);
  expect(reloads).toEqual([]);
});

it('is not looked for while it answers', async () => {
  fails = false;
  remove(UNIT, WANTED);
  await pass(300);
  expect(said).toEqual([]);
  expect(reloads).toEqual([]);
});

it('tells once of a configuration that cannot be read without it', async () => {
  remove(UNIT, WANTED);
  write('/etc/milter-manager/milter-manager.ini', '[milter.opendkim]\nfallback_status = reject\n');
  await pass(300);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('milter-manager.ini:2: milter opendkim has no connection_spec');
});

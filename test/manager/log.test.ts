/** A log file that cannot be written, or cannot be had any more by its name. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Log } from '../../src/manager/report/log.ts';

let directory = '';
let log = new Log();
let told = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'log-'));
  log = new Log();
  told = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += String(text);
    return true;
  });
});
afterEach(async () => {
  await log.close();
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

const at = (name: string): string => join(directory, name);
const read = (name: string): string =>
  existsSync(at(name)) ? readFileSync(at(name), 'latin1') : '';

function configure(): void {
  log.configure(
    {
      ...{ level: 'info', path: at('log'), use_syslog: false, syslog_facility: 'mail' },
      ...{ format: 'text', statistics: true },
    },
    { stdout: false, locate: (path) => path },
  );
}

/** A line is written now and then, until one is there. */
async function until(name: string, what: RegExp): Promise<void> {
  const attempt = (): string => {
    log.write('info', 'seen');
    return read(name);
  };
  await expect.poll(attempt, { timeout: 5000 }).toMatch(what);
}

it.skipIf(!existsSync('/dev/full'))('writes again when the disk is no longer full', async () => {
  symlinkSync('/dev/full', at('log'));
  configure();
  log.write('info', 'lost');
  await expect.poll(() => told).toContain('no space left on device');
  log.write('info', 'lost too');
  unlinkSync(at('log'));
  await until('log', /Z seen\n/);
  expect(told.match(/no space/g)).toHaveLength(1);
});

it('begins to write when its directory is there', async () => {
  rmdirSync(directory);
  configure();
  expect(told).toContain('no such file or directory');
  mkdirSync(directory);
  await until('log', /Z seen\n/);
});

it.each(['reopen', 'configure'])('goes on with the open file where %s finds none', async (how) => {
  configure();
  log.write('info', 'one');
  await expect.poll(() => read('log')).toContain('one');
  renameSync(at('log'), at('log.1'));
  mkdirSync(at('log'));
  if (how === 'reopen') log.reopen();
  else configure();
  log.write('info', 'two');
  await expect.poll(() => read('log.1')).toMatch(/one\n.* log file .*EISDIR.*\n.* two\n$/);
  rmdirSync(at('log'));
  log.reopen();
  log.write('info', 'three');
  await expect.poll(() => read('log')).toMatch(/^\S+ three\n$/);
});

it('has everything on the disk when it is closed', async () => {
  configure();
  for (let line = 0; line < 1000; line += 1) log.write('info', `line ${line}`);
  await log.close();
  expect(read('log').split('\n')).toHaveLength(1001);
});

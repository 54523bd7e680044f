import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/manager/program/command-line.ts';
import type { Configuration } from '../../src/manager-config/config.ts';
import { configurationLoader } from '../../src/manager-config/load.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stress-'));
  write('etc/os-release', 'ID=debian\nVERSION_ID="13"\n');
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

function load(): Configuration {
  return configurationLoader(readCommandLine(['--root', root], 'test'))();
}

function threshold(): number {
  return load().stress.threshold_n_connections;
}

describe('the number of sessions that is stress', () => {
  it('is 75 where there is no Postfix', () => {
    expect(threshold()).toBe(75);
  });

  it('is three quarters of default_process_limit', () => {
    write('etc/postfix/main.cf', 'default_process_limit = 200\n');
    write('etc/postfix/master.cf', 'smtp inet n - y - - smtpd\n');
    expect(threshold()).toBe(150);
  });

  it('is three quarters of the limit that master.cf sets for smtpd; none for no limit', () => {
    write('etc/postfix/master.cf', 'smtp inet n - y - 30 smtpd\n');
    expect(threshold()).toBe(22);
    write('etc/postfix/master.cf', 'smtp inet n - y - 0 smtpd\n');
    expect(threshold()).toBe(0);
  });

  it('is that of smtpd behind postscreen', () => {
    write('etc/postfix/master.cf', 'smtp inet n - y - 1 postscreen\nsmtpd pass - - y - 40 smtpd\n');
    expect(threshold()).toBe(30);
  });

  it('is what the ini says where it says it', () => {
    write('etc/postfix/master.cf', 'smtp inet n - y - 30 smtpd\n');
    write('etc/milter-manager/milter-manager.ini', '[stress]\nthreshold_n_connections = 5\n');
    expect(threshold()).toBe(5);
  });
});

describe('how long a child may take to be reached', () => {
  const CHILD = '[milter.x]\nconnection_spec = unix:/run/x\n';

  /** Seconds, and where they are from. */
  function connection(ini = CHILD): readonly [number, string | undefined] {
    write('etc/milter-manager/milter-manager.ini', ini);
    const [milter] = load().milters;
    return [milter!.connection_timeout, milter!.sources.get('connection_timeout')];
  }

  it('is the 300 seconds of the protocol less 3 where there is no Postfix', () => {
    expect(connection()).toEqual([297, undefined]);
  });

  it('leaves 3 of the 30 after which Postfix gives a milter up, and 7 to negotiate', () => {
    write('etc/postfix/main.cf', '');
    expect(connection()).toEqual([
      20,
      'what milter_connect_timeout of /etc/postfix/main.cf leaves for it',
    ]);
  });

  it.each([
    ['1m', 50],
    ['10m', 297],
    ['2s', 1],
    ['soon', 20],
  ])('follows milter_connect_timeout = %s: %i', (time, seconds) => {
    write('etc/postfix/main.cf', `milter_connect_timeout = ${time}\n`);
    expect(connection()[0]).toBe(seconds);
  });

  it('is what the ini says where it says it', () => {
    write('etc/postfix/main.cf', '');
    const [seconds, source] = connection(`${CHILD}connection_timeout = 60\n`);
    expect(seconds).toBe(60);
    expect(source).toContain('milter-manager.ini:3');
  });
});

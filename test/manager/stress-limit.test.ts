import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/manager/command-line.ts';
import { configurationLoader } from '../../src/manager/load-config.ts';

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

function threshold(): number {
  const options = readCommandLine(['--root', root], 'test');
  return configurationLoader(options, new Map())().stress.threshold_n_connections;
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

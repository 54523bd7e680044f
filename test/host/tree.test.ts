import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryBeside } from '../../src/host/files.ts';
import { SetupError } from '../../src/host/setup-error.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import type { Host } from '../../src/host/host.ts';

const isRoot = process.geteuid?.() === 0;
let root: string;
let host: Host;

beforeEach(() => {
  root = fs.mkdtempSync(join(os.tmpdir(), 'tree-'));
  fs.mkdirSync(join(root, 'etc'));
  host = openTreeHost(root);
});

afterEach(() => {
  fs.rmSync(root, { recursive: true });
});

const real = (path: string): string => join(root, path);
const text = (path: string): string => fs.readFileSync(real(path), 'utf8');
const modeOf = (path: string): number => fs.statSync(real(path)).mode & 0o7777;

function refusal(action: () => unknown): SetupError {
  try {
    action();
  } catch (error) {
    if (error instanceof SetupError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('writing a file', () => {
  it('makes a new one with mode 0644, or the mode that was asked for', () => {
    host.write('/etc/new', Buffer.from('a\n'));
    host.write('/etc/secret', Buffer.from('b\n'), { mode: 0o600 });
    expect([text('etc/new'), modeOf('etc/new')]).toEqual(['a\n', 0o644]);
    expect([text('etc/secret'), modeOf('etc/secret')]).toEqual(['b\n', 0o600]);
  });

  it.each([0o640, 0o444, 0o4755])('keeps the mode of the file that it replaces: %o', (mode) => {
    fs.writeFileSync(real('etc/old'), 'a much longer text\n');
    fs.chmodSync(real('etc/old'), mode);
    host.write('/etc/old', Buffer.from('new\n'));
    expect([text('etc/old'), modeOf('etc/old')]).toEqual(['new\n', mode]);
    expect(Date.now() - fs.statSync(real('etc/old')).mtimeMs).toBeLessThan(60_000);
  });

  it('replaces at once: who has the old file open keeps reading the old text', () => {
    fs.writeFileSync(real('etc/old'), 'old\n');
    const fd = fs.openSync(real('etc/old'), 'r');
    host.write('/etc/old', Buffer.from('new\n'));
    expect(fs.readFileSync(fd, 'utf8')).toBe('old\n');
    fs.closeSync(fd);
    expect(fs.readdirSync(real('etc'))).toEqual(['old']);
  });

  it('follows a link to its target, inside the tree', () => {
    fs.mkdirSync(real('srv'));
    fs.writeFileSync(real('srv/main.cf'), 'old\n');
    fs.symlinkSync('/srv/main.cf', real('etc/main.cf'));
    host.write('/etc/main.cf', Buffer.from('new\n'));
    expect(text('srv/main.cf')).toBe('new\n');
    expect(fs.readlinkSync(real('etc/main.cf'))).toBe('/srv/main.cf');
  });

  it('clears what a killed run has left behind', () => {
    fs.writeFileSync(temporaryBeside(real('etc/old')), 'half');
    host.write('/etc/old', Buffer.from('new\n'));
    expect(fs.readdirSync(real('etc'))).toEqual(['old']);
  });

  it('says what is wrong where it cannot, and leaves nothing behind', () => {
    expect(refusal(() => host.write('/none/x', Buffer.from('')))).toMatchObject({
      code: 'unwritable',
      message: '/none/x cannot be changed: its directory does not exist',
    });
    expect(refusal(() => host.write('/etc', Buffer.from(''))).code).toBe('unwritable');
    expect(fs.readdirSync(root)).toEqual(['etc']);
  });

  it.runIf(isRoot)('keeps the owner, or gives the file to the one asked for', () => {
    fs.writeFileSync(real('etc/old'), 'a\n');
    fs.chownSync(real('etc/old'), 11, 12);
    host.write('/etc/old', Buffer.from('b\n'));
    expect(fs.statSync(real('etc/old'))).toMatchObject({ uid: 11, gid: 12 });
    host.write('/etc/old', Buffer.from('c\n'), { owner: { uid: 13, gid: 14 } });
    expect(fs.statSync(real('etc/old'))).toMatchObject({ uid: 13, gid: 14 });
  });

  it.runIf(!isRoot)('keeps the file ours where we may not give it away', () => {
    host.write('/etc/new', Buffer.from('c\n'), { owner: { uid: 13, gid: 14 } });
    host.setOwner('/etc/new', { uid: 13, gid: 14 });
    expect(fs.statSync(real('etc/new')).uid).toBe(process.geteuid?.());
  });

  it.runIf(aclsWork())('keeps an access control list', () => {
    fs.writeFileSync(real('etc/old'), 'a\n', { mode: 0o640 });
    execFileSync('setfacl', ['-m', 'u:12345:rw', real('etc/old')]);
    host.write('/etc/old', Buffer.from('b\n'));
    host.copy('/etc/old', '/etc/copy');
    const list = 'user::rw-\nuser:12345:rw-\ngroup::r--\nmask::rw-\nother::---\n\n';
    for (const path of ['etc/old', 'etc/copy']) {
      expect(execFileSync('getfacl', ['-cnE', real(path)], { encoding: 'utf8' })).toBe(list);
    }
  });
});

describe('the other changes', () => {
  it('copies a file with mode and times', () => {
    fs.writeFileSync(real('etc/old'), 'a\n');
    fs.chmodSync(real('etc/old'), 0o604);
    fs.utimesSync(real('etc/old'), 1_000_000_000.5, 1_000_000_000.5);
    host.copy('/etc/old', '/etc/copy');
    expect(text('etc/copy')).toBe('a\n');
    expect(host.stat('/etc/copy')).toMatchObject({ mode: 0o604, mtimeMs: 1_000_000_000_500 });
  });

  it('appends, and creates only what is not there', () => {
    host.append('/etc/log', Buffer.from('a\n'));
    host.append('/etc/log', Buffer.from('b\n'));
    expect([text('etc/log'), modeOf('etc/log')]).toEqual(['a\nb\n', 0o600]);
    expect(host.create('/etc/lock', Buffer.from('mine'), 0o644)).toBe(true);
    expect(host.create('/etc/lock', Buffer.from('yours'), 0o644)).toBe(false);
    expect([text('etc/lock'), modeOf('etc/lock')]).toEqual(['mine', 0o644]);
    expect(fs.readdirSync(real('etc')).sort()).toEqual(['lock', 'log']);
  });

  it('makes a directory with exactly the mode, and removes files and directories', () => {
    host.makeDirectory('/run', 0o2775);
    expect(modeOf('run')).toBe(0o2775);
    host.setMode('/run', 0o750);
    expect(modeOf('run')).toBe(0o750);
    host.write('/run/x', Buffer.from(''));
    expect(refusal(() => host.removeDirectory('/run')).message).toContain('not empty');
    host.removeFile('/run/x');
    host.removeFile('/run/x');
    host.removeDirectory('/run');
    expect(fs.readdirSync(root)).toEqual(['etc']);
  });
});

describe('commands on a tree', () => {
  it('do not run without stand-ins', async () => {
    expect(host.runs).toBe(false);
    expect((await host.run(['true'])).exitCode).toBe(127);
  });

  it('are the stand-ins and nothing else', async () => {
    fs.mkdirSync(real('stand-ins'));
    fs.writeFileSync(real('stand-ins/service'), '#!/bin/sh\necho "$MILTER_SETUP_ROOT $*"\n');
    fs.chmodSync(real('stand-ins/service'), 0o755);
    const standing = openTreeHost(root, real('stand-ins'));
    expect(standing.runs).toBe(true);
    const result = await standing.run(['/usr/sbin/service', 'x', 'start']);
    expect(result).toMatchObject({ exitCode: 0, stdout: `${root} x start\n` });
    expect((await standing.run(['true'])).exitCode).toBe(127);
  });

  it('needs a directory', () => {
    expect(refusal(() => openTreeHost(real('none'))).code).toBe('no-such-root');
  });
});

/** Whether setfacl is here and the file system has ACLs. */
function aclsWork(): boolean {
  const probe = join(os.tmpdir(), `acl-probe-${process.pid}`);
  try {
    fs.writeFileSync(probe, '');
    execFileSync('setfacl', ['-m', 'u:12345:r', probe], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    fs.rmSync(probe, { force: true });
  }
}

import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReader } from '../../src/host/reader.ts';
import { SetupError } from '../../src/host/setup-error.ts';

let outside: string;
let root: string;

beforeEach(() => {
  outside = fs.mkdtempSync(join(os.tmpdir(), 'reader-'));
  root = join(outside, 'root');
  fs.mkdirSync(join(root, 'etc/postfix'), { recursive: true });
  fs.writeFileSync(join(root, 'etc/postfix/main.cf'), 'inside\n');
  fs.writeFileSync(join(outside, 'secret'), 'outside\n');
});

afterEach(() => {
  fs.rmSync(outside, { recursive: true });
});

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof SetupError) return error.code;
    throw error;
  }
  return 'no error';
}

describe('a reader of a tree', () => {
  it('reads, describes and lists what is there, and says undefined for what is not', () => {
    fs.chmodSync(join(root, 'etc/postfix/main.cf'), 0o640);
    fs.writeFileSync(join(root, 'etc/postfix/a.cf'), '');
    const reader = openReader(root);
    expect(reader.read('/etc/postfix/main.cf')?.toString()).toBe('inside\n');
    expect(reader.stat('/etc/postfix/main.cf')).toMatchObject({
      type: 'file',
      mode: 0o640,
      size: 7,
    });
    expect(reader.list('/etc/postfix')).toEqual(['a.cf', 'main.cf']);
    expect(reader.read('/etc/none/main.cf')).toBeUndefined();
    expect(reader.read('/etc/postfix/main.cf/x')).toBeUndefined();
    expect(reader.list('/etc/none')).toEqual([]);
    expect(reader.readLink('/etc/postfix/main.cf')).toBeUndefined();
  });

  it('starts absolute links at its own root', () => {
    fs.symlinkSync('/etc/postfix/main.cf', join(root, 'etc/link'));
    const reader = openReader(root);
    expect(reader.read('/etc/link')?.toString()).toBe('inside\n');
    expect(reader.lstat('/etc/link')?.type).toBe('symlink');
    expect(reader.stat('/etc/link')?.type).toBe('file');
    expect(reader.readLink('/etc/link')).toBe('/etc/postfix/main.cf');
  });

  it.each([
    ['a relative link', '../../../secret', '/etc/escape'],
    ['an absolute link', '/../secret', '/etc/escape'],
    ['a path', 'nothing', '/../secret'],
    ['a path behind a directory', 'nothing', '/etc/../../secret'],
  ])('never leaves its root by %s', (_by, target, path) => {
    fs.symlinkSync(target, join(root, 'etc/escape'));
    expect(openReader(root).read(path)).toBeUndefined();
  });

  it('never leaves its root by a link to the whole machine', () => {
    fs.symlinkSync(outside, join(root, 'etc/machine'));
    fs.symlinkSync('/', join(root, 'etc/top'));
    const reader = openReader(root);
    expect(reader.read('/etc/machine/secret')).toBeUndefined();
    expect(reader.read('/etc/top/etc/top/etc/postfix/main.cf')?.toString()).toBe('inside\n');
  });

  it('follows links of directories on the way', () => {
    fs.symlinkSync('/etc/postfix', join(root, 'etc/mail'));
    fs.symlinkSync('../mail/main.cf', join(root, 'etc/postfix/again'));
    const reader = openReader(root);
    expect(reader.read('/etc/mail/main.cf')?.toString()).toBe('inside\n');
    expect(reader.read('/etc/mail/again')?.toString()).toBe('inside\n');
  });

  it('names a circle of links, and says undefined for a link to nothing', () => {
    fs.symlinkSync('b', join(root, 'etc/a'));
    fs.symlinkSync('a', join(root, 'etc/b'));
    fs.symlinkSync('/no/where', join(root, 'etc/dangling'));
    const reader = openReader(root);
    expect(codeOf(() => reader.read('/etc/a'))).toBe('symlink-loop');
    expect(reader.read('/etc/dangling')).toBeUndefined();
    expect(reader.stat('/etc/dangling')).toBeUndefined();
    expect(reader.lstat('/etc/dangling')?.type).toBe('symlink');
  });

  it('does not take a directory for a file', () => {
    expect(codeOf(() => openReader(root).read('/etc'))).toBe('unreadable');
  });

  it.skipIf(process.getuid?.() === 0)('names the file that it may not read', () => {
    fs.chmodSync(join(root, 'etc/postfix/main.cf'), 0);
    expect(() => openReader(root).read('/etc/postfix/main.cf')).toThrow(
      '/etc/postfix/main.cf cannot be read: permission denied',
    );
  });
});

describe('a reader of this machine', () => {
  it('reads real files, a device as empty, and names a circle of links', () => {
    fs.symlinkSync('circle', join(root, 'circle'));
    const reader = openReader();
    expect(reader.read(join(outside, 'secret'))?.toString()).toBe('outside\n');
    expect(reader.read('/dev/null')).toHaveLength(0);
    expect(codeOf(() => reader.read(join(root, 'circle')))).toBe('symlink-loop');
  });
});

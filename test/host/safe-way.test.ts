/** Root changes files below directories of service users: links that they plant lead nowhere, whenever they come. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openRealHost } from '../../src/host/real.ts';
import { SetupError } from '../../src/host/setup-error.ts';
import type { Host } from '../../src/host/host.ts';

const isRoot = process.geteuid?.() === 0;
/** Any user but root will do; nobody's number on Linux and FreeBSD. */
const SERVICE = 65_534;

let base: string;
let host: Host;
/** Of the service user, as /etc/dkimkeys is opendkim's. */
let theirs: string;
/** Root's own: nothing in it may change. */
let secret: string;

beforeEach(() => {
  base = fs.mkdtempSync(join(fs.realpathSync(os.tmpdir()), 'way-'));
  fs.chmodSync(base, 0o755);
  [theirs, secret] = [join(base, 'theirs'), join(base, 'secret')];
  for (const path of [theirs, secret, join(theirs, 'a'), join(theirs, 'a/b')]) fs.mkdirSync(path);
  fs.writeFileSync(join(secret, 'f'), 'of root', { mode: 0o600 });
  fs.mkdirSync(join(secret, 'd'), { mode: 0o700 });
  if (isRoot) {
    for (const path of ['', 'a', 'a/b']) fs.chownSync(join(theirs, path), SERVICE, SERVICE);
  }
  host = openRealHost();
});

afterEach(() => fs.rmSync(base, { recursive: true }));

/** All that a change could have touched below root's directory. */
const picture = (): unknown =>
  [secret, ...fs.readdirSync(secret).map((name) => join(secret, name))].map((path) => {
    const { mode, uid, gid, size } = fs.lstatSync(path);
    return [path, mode, uid, gid, size, path.endsWith('/f') && fs.readFileSync(path, 'utf8')];
  });

const OWNER = { uid: SERVICE, gid: SERVICE };

/** Every operation that changes something. */
const OPERATIONS: readonly (readonly [string, (host: Host, path: string) => void])[] = [
  ['landing', (on, path) => on.landing(path)],
  ['write', (on, path) => on.write(path, Buffer.from('x'), { mode: 0o666, owner: OWNER })],
  ['copy to', (on, path) => on.copy(join(base, 'from'), path)],
  ['append', (on, path) => on.append(path, Buffer.from('x'))],
  ['create', (on, path) => void on.create(path, Buffer.from('x'), 0o666)],
  ['makeDirectory', (on, path) => on.makeDirectory(path, 0o777, OWNER)],
  ['setMode', (on, path) => on.setMode(path, 0o777)],
  ['setOwner', (on, path) => on.setOwner(path, OWNER)],
  ['removeFile', (on, path) => on.removeFile(path)],
  ['removeDirectory', (on, path) => on.removeDirectory(path)],
];

/** Those that are about a name, and never about what a link of that name leads to. */
const NAMES = ['create', 'makeDirectory', 'removeFile', 'removeDirectory'];

describe.runIf(isRoot)('a link that a service user has planted', () => {
  beforeEach(() => fs.writeFileSync(join(base, 'from'), 'from'));

  describe.each(OPERATIONS)('is not followed by %s', (name, act) => {
    it.each([
      ['first component', 'a', 'a/f'],
      ['second component', 'a/b', 'a/b/f'],
      ['second component, to a directory', 'a/b', 'a/b/d'],
    ])('as the %s', (_, planted, path) => {
      fs.rmSync(join(theirs, planted), { recursive: true });
      fs.symlinkSync(secret, join(theirs, planted));
      const before = picture();
      expect(() => act(host, join(theirs, path))).toThrow(
        expect.objectContaining({ code: 'planted-link' }) as Error,
      );
      expect(picture()).toEqual(before);
    });

    it.each(['f', 'd', 'new'])('as the last one, to %s', (target) => {
      fs.symlinkSync(join(secret, target), join(theirs, 'a/x'));
      const before = picture();
      let refused: unknown;
      try {
        act(host, join(theirs, 'a/x'));
      } catch (error) {
        refused = error;
      }
      if (!NAMES.includes(name)) expect(refused).toMatchObject({ code: 'planted-link' });
      expect(picture()).toEqual(before);
    });
  });

  it('is not followed by an owner or a mode that reach a file by its second name', () => {
    fs.linkSync(join(secret, 'f'), join(theirs, 'a/x'));
    const before = picture();
    expect(() => host.setMode(join(theirs, 'a/x'), 0o666)).toThrow(SetupError);
    expect(() => host.setOwner(join(theirs, 'a/x'), OWNER)).toThrow(SetupError);
    host.write(join(theirs, 'a/x'), Buffer.from('x'), { owner: OWNER });
    expect(picture()).toEqual(before);
  });

  it('is no way out by `..` either', () => {
    expect(() => host.write(join(theirs, 'a') + '/../../secret/f', Buffer.from('x'))).toThrow(
      expect.objectContaining({ code: 'planted-link' }) as Error,
    );
  });

  it('is noticed where it comes between the look at a directory and the step into it', () => {
    const step = process.chdir.bind(process);
    const spy = vi.spyOn(process, 'chdir').mockImplementation((to) => {
      if (to === 'a') {
        fs.renameSync('a', 'kept');
        fs.symlinkSync(secret, 'a');
      }
      step(to);
    });
    const before = picture();
    try {
      expect(() => host.write(join(theirs, 'a/f'), Buffer.from('x'))).toThrow(
        expect.objectContaining({ code: 'planted-link' }) as Error,
      );
    } finally {
      spy.mockRestore();
    }
    expect(picture()).toEqual(before);
  });

  it('is followed where it is root’s, and in a directory that only root can write', () => {
    fs.symlinkSync('secret', join(base, 'link'));
    host.write(join(base, 'link/f'), Buffer.from('new'));
    expect(fs.readFileSync(join(secret, 'f'), 'utf8')).toBe('new');
    expect(host.landing(join(base, 'link/../theirs/x'))).toBe(join(theirs, 'x'));
  });
});

describe.runIf(isRoot)('who has the way to a directory', () => {
  it('is root, the first other user on it, or nobody who could be run as', () => {
    expect(host.holderOf(join(secret, 'none/below'))).toBeUndefined();
    expect(host.holderOf(join(theirs, 'a/none'))).toEqual(OWNER);
    // What they give back to root is still theirs to swap.
    fs.chownSync(join(theirs, 'a'), 0, 0);
    expect(host.holderOf(join(theirs, 'a/b'))).toEqual(OWNER);
    fs.chownSync(secret, 0, SERVICE);
    fs.chmodSync(secret, 0o770);
    expect(() => host.holderOf(join(secret, 'd'))).toThrow(
      expect.objectContaining({ code: 'shared-directory' }) as Error,
    );
  });

  it('runs commands without root’s rights or groups', async () => {
    const { stdout } = await host.run(['id'], { as: OWNER });
    expect(stdout).toMatch(/^uid=65534\S* gid=65534\S*(?: groups=65534\S*)?\n$/);
  });
});

/** Swaps theirs/a with a link to root's directory, as fast as it can, until it is told to stop. */
const ATTACK = `
const fs = require('node:fs');
const [theirs, secret] = process.argv.slice(1);
process.chdir(theirs);
process.setgid(${SERVICE}); process.setuid(${SERVICE});
process.stdout.write('ready');
for (;;) {
  try { fs.renameSync('a', 'kept'); fs.symlinkSync(secret, 'a'); } catch {}
  try { fs.unlinkSync('a'); fs.renameSync('kept', 'a'); } catch {}
  for (const name of ['f', 'd', '.f.milter-setup-tmp', '.new.milter-setup-tmp', 'new']) {
    try { fs.symlinkSync(secret + '/f', 'a/' + name); } catch {}
    try { fs.unlinkSync('a/' + name); } catch {}
  }
}`;

describe.runIf(isRoot)('an attacker who swaps a directory with a link all the time', () => {
  it('gets nothing of root’s', { timeout: 60_000 }, async () => {
    fs.writeFileSync(join(base, 'from'), 'from');
    const attacker = spawn(process.execPath, ['-e', ATTACK, theirs, secret], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(attacker.stdout, 'data');
      const before = picture();
      let [done, refused] = [0, 0];
      for (const end = Date.now() + 4000; Date.now() < end;) {
        for (const [, act] of OPERATIONS) {
          for (const name of ['a/f', 'a/d', 'a/new']) {
            try {
              act(host, join(theirs, name));
              done += 1;
            } catch (error) {
              if (!(error instanceof SetupError)) throw error;
              refused += 1;
            }
          }
        }
        expect(picture()).toEqual(before);
      }
      // Both happened, so that the race was one.
      expect(Math.min(done, refused)).toBeGreaterThan(0);
    } finally {
      attacker.kill('SIGKILL');
      await once(attacker, 'exit');
    }
  });
});

/** rspamd's drop-ins: the host's own keys stay, and ours come beside them. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uclSettings } from '../../src/detect/ucl.ts';
import { ucl } from '../../src/edit/ucl.ts';
import { afterThisFile } from '../cleanup.ts';
import { havePrograms, runs } from './programs.ts';

const merge = (text: string, template: string, insists: readonly string[] = []) =>
  ucl.merge(text, { text: template, insists });

const REDIS = '# Where it is.\nservers = "127.0.0.1";\n';
const PROXY = `bind_socket = "127.0.0.1:11332";
milter = yes;
timeout = 120s;
upstream "local" {
  default = yes;
  # One host.
  self_scan = yes;
}
`;
const INSISTS = ['bind_socket', 'milter', 'self_scan'];

describe('a drop-in that is there', () => {
  it.each([
    ['a server and a password', 'servers = "10.0.0.1:6380";\npassword = "secret";\n'],
    ['with colons', 'servers: "10.0.0.1"\npassword: "x"'],
    ['without a mark', 'servers "10.0.0.1"\n'],
    ['in quotes', '"servers" = ["a", "b"];\n'],
    ['the same in other words', 'servers = "127.0.0.1"'],
  ])('keeps what it has: %s', (_, text) => {
    expect(merge(text, REDIS).text).toBe(text);
  });

  it('says what it keeps, and no secret', () => {
    expect(merge('password = "secret";\nservers = "10.0.0.1";\n', REDIS).notes).toEqual([
      'servers is set in line 2, and stays: ours is servers = "127.0.0.1"',
    ]);
  });

  it.each([
    ['password = "x";\n', `password = "x";\n${REDIS}`],
    ['password = "x"', `password = "x"\n${REDIS}`],
    ['# servers = "a";\n', `# servers = "a";\n${REDIS}`],
    ['/* servers = "a"; */\n', `/* servers = "a"; */\n${REDIS}`],
    ['other { servers = "a"; }\n', `other { servers = "a"; }\n${REDIS}`],
    ['.include "/etc/x"\n', `.include "/etc/x"\n${REDIS}`],
    ['', REDIS],
  ])('gets what it lacks: %j', (before, after) => {
    expect(merge(before, REDIS).text).toBe(after);
    expect(merge(after, REDIS).text).toBe(after);
  });

  it('is changed where the manager cannot do without, inside of sections too', () => {
    const text = `bind_socket = "*:11332"; # all
milter = no
timeout = 60s;
upstream "local" {
  hosts = "x";
  self_scan = false;
}
`;
    const after = `bind_socket = "127.0.0.1:11332"; # all
milter = yes
timeout = 60s;
upstream "local" {
  hosts = "x";
  self_scan = yes;
  default = yes;
}
`;
    expect(merge(text, PROXY, INSISTS).text).toBe(after);
    expect(merge(after, PROXY, INSISTS).text).toBe(after);
  });

  it('keeps a section of another name, for two would be a list', () => {
    const text = 'upstream "scan" { default = yes; hosts = "b:11333"; }\n';
    const { text: after, notes } = merge(text, PROXY, INSISTS);
    expect(after.match(/upstream/g)).toHaveLength(1);
    expect(notes.join()).toContain('upstream scan is set in line 1, and stays');
  });

  it.each(['a = "x', 'a {', 'a }', 'a = [1', '{ a = 1; }\n'])(
    'is refused where it is broken: %j',
    (text) => {
      expect(() => merge(text, REDIS)).toThrow();
    },
  );
});

const name = fc.constantFrom('a', 'b', 'servers', 'c_d');
const scalar = fc.constantFrom(
  '1',
  '"x y"',
  "'q;}'",
  'yes',
  '10s',
  '[1, "a]"]',
  '{ x = 1; }',
  '/path/x',
);
const item = fc
  .tuple(
    name,
    fc.constantFrom(' = ', ' ', ': ', '='),
    scalar,
    fc.constantFrom(';\n', '\n', '; # x {\n', ' ;\n'),
  )
  .map((all) => all.join(''));
const section = fc
  .tuple(name, fc.array(item, { maxLength: 3 }))
  .map(([key, all]) => `s_${key} {\n${all.join('')}}\n`);
const file = fc.array(fc.oneof(item, section, fc.constantFrom('\n', '# c = "\n', '/* } */\n')), {
  maxLength: 8,
});

describe('any drop-in', () => {
  it('has all that it had, and each of ours once, as the reader of our detection finds it', () => {
    fc.assert(
      fc.property(file, (pieces) => {
        const text = pieces.join('');
        const template = 'servers = "127.0.0.1";\nnew = 5;\n';
        const after = merge(text, template).text;
        expect(after.startsWith(text.trimEnd())).toBe(true);
        expect(merge(after, template).text).toBe(after);
        const top = (all: string, key: string) =>
          uclSettings(all).filter((each) => each.sections.length === 0 && each.key === key).length;
        expect(top(after, 'new')).toBe(1);
        const had = /^servers/m.test(text);
        if (!had) expect(top(after, 'servers')).toBe(1);
      }),
      runs(300),
    );
  });
});

describe.skipIf(!havePrograms('rspamadm'))('rspamadm, of any drop-in', () => {
  const directory = fs.mkdtempSync(join(os.tmpdir(), 'ucl-'));
  afterThisFile(() => fs.rmSync(directory, { recursive: true }));

  /** What rspamd reads; undefined where it refuses the file. */
  function dump(text: string): Readonly<Record<string, unknown>> | undefined {
    const path = join(directory, 'drop-in.conf');
    fs.writeFileSync(path, text, 'latin1');
    const { stdout, status } = spawnSync('rspamadm', ['configdump', '-j', '-c', path], {
      encoding: 'utf8',
    });
    if (status !== 0 || !stdout.includes('{')) return undefined;
    return JSON.parse(stdout.slice(stdout.indexOf('{'))) as Record<string, unknown>;
  }

  it('reads all others as before, and ours', { timeout: 120_000 }, () => {
    let judged = 0;
    fc.assert(
      fc.property(file, (pieces) => {
        const text = pieces.join('');
        const before = dump(text);
        if (before === undefined) return;
        judged += 1;
        const template =
          'servers = "127.0.0.1";\nnew = 5;\ns_a {\n  x = 1;\n  self_scan = yes;\n}\n';
        const after = dump(merge(text, template, ['self_scan']).text)!;
        const { s_a: section, ...others } = after;
        const { s_a: own, ...rest } = before;
        expect(others).toEqual({ servers: '127.0.0.1', new: 5, ...rest });
        if (own === undefined || !Array.isArray(own)) {
          expect(section).toEqual({ x: 1, self_scan: true, ...(own as object | undefined) });
        }
      }),
      runs(40),
    );
    expect(judged).toBeGreaterThan(10);
  });

  it('finds a password where it was', () => {
    const { text } = merge('password = "s;}#"\nservers = "10.0.0.1:1"; # own\n', REDIS);
    expect(dump(text)).toEqual({ password: 's;}#', servers: '10.0.0.1:1' });
    expect(dump(merge('', PROXY).text)).toMatchObject({ upstream: { local: { self_scan: true } } });
  });
});

/** The programs that own the formats must read what we meant, and everything else as before. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { editorFor } from '../../src/edit/editors.ts';
import { EditError, type Format, type Settings } from '../../src/edit/format.ts';
import { havePrograms, runs } from '../edit/programs.ts';
import { haveShared, stock } from '../edit/stock.ts';
import { generated, KINDS, textsOf, type Kind } from './edit-files.ts';

const top = mkdtempSync(join(tmpdir(), 'edit-real-'));
afterAll(() => rmSync(top, { recursive: true }));

/** Some programs read every file of the directory, so each has its own. */
let dir = top;
function ownDirectory(name: string): void {
  dir = join(top, name);
  mkdirSync(dir, { recursive: true });
}

interface Output {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function run(program: string, args: readonly string[]): Output {
  const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: dir,
    encoding: 'latin1',
    env: { PATH, LC_ALL: 'C', HOME: top },
    timeout: 60_000,
  });
  if (error !== undefined) throw error;
  return { status, out: stdout, err: stderr };
}

function save(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text, 'latin1');
  // Postfix waits two seconds before it reads a file that was changed just now (load_file.c).
  utimesSync(path, 1_000_000_000, 1_000_000_000);
  return path;
}

const kindOf = (format: Format): Kind => KINDS.find((kind) => kind.format === format)!;

function edit(format: Format, text: string, settings: Settings): string | undefined {
  try {
    return editorFor(format).merge(text, settings).text;
  } catch (error) {
    if (error instanceof EditError) return undefined;
    throw error;
  }
}

/** `name = value` lines as a map, blanks in values collapsed. */
function valuesIn(out: string): Map<string, string> {
  const pairs = [...out.matchAll(/^([\w.-]+) = *(.*)$/gm)];
  return new Map(
    pairs.map(([, name = '', value = '']) => [name, value.replace(/\s+/g, ' ').trim()]),
  );
}

function expectOthersSame(
  before: Map<string, string>,
  after: Map<string, string>,
  ours: RegExp,
): void {
  const others = (values: Map<string, string>): unknown =>
    [...values].filter(([key]) => !ours.test(key));
  expect(others(after)).toEqual(others(before));
}

describe.skipIf(!havePrograms('postconf'))('postconf -n', () => {
  beforeAll(() => ownDirectory('postfix'));
  const kind = kindOf('main.cf');
  const OURS = 'inet:127.0.0.1:10025';
  const read = (text: string): Map<string, string> | undefined => {
    save('master.cf', 'smtp inet n - y - - smtpd\n');
    save('main.cf', text);
    const { status, out, err } = run('postconf', ['-c', dir, '-n']);
    if (status !== 0) expect(err).toContain('fatal');
    return status === 0 ? valuesIn(out) : undefined;
  };
  const elements = (value = ''): string[] => value.match(/\{[^}]*\}|[^\s,]+/g) ?? [];
  const check = (text: string, settings: Settings): void => {
    const edited = edit('main.cf', text, settings);
    if (edited === undefined) return;
    const before = read(text);
    if (before === undefined) return;
    const after = read(edited);
    expect(after, 'Postfix still reads the file').toBeDefined();
    expectOthersSame(
      before,
      after!,
      /^(?:non_)?smtpd_milters$|^milter_default_action$|^relayhost$|^mydestination$/,
    );
    const out = settings.takeOut ?? [];
    if (settings.text.includes('relayhost')) expect(after!.get('relayhost')).toBe('z');
    if (settings.text.includes('action = accept\n'))
      expect(after!.get('milter_default_action')).toBe('accept');
    if (settings.text.includes('smtpd_milters')) {
      const kept = elements(before.get('smtpd_milters')).filter(
        (element) => !out.includes(element),
      );
      const now = elements(after!.get('smtpd_milters'));
      expect(now.filter((element) => kept.includes(element))).toEqual(
        kept.filter((element) => now.includes(element)),
      );
      expect(
        now.filter((element) => element.includes(OURS) || element.startsWith('$')).length,
      ).toBeGreaterThan(0);
      for (const element of out) expect(now).not.toContain(element);
    }
  };

  it('reads what we meant in every file', () => {
    for (const [, text] of textsOf(kind)) check(text, kind.settings[0]!);
  });

  it('reads what we meant in generated files', () => {
    fc.assert(fc.property(generated(kind), fc.constantFrom(...kind.settings), check), runs(12));
  });
});

describe.skipIf(!havePrograms('clamconf'))('clamconf -n', () => {
  beforeAll(() => ownDirectory('clamav'));
  const kind = kindOf('clamav');
  const read = (name: string, text: string): { values: Map<string, string>; err: string } => {
    const path = save(name, text);
    const { out, err } = run('clamconf', ['-n', '-c', dir]);
    rmSync(path);
    const part = out.slice(out.indexOf(`Config file: ${name}`)).split('\n\n')[0]!;
    return { values: valuesIn(part), err };
  };

  it('reads what we meant in every clamav-milter.conf', () => {
    const settings = kind.settings[0]!;
    for (const [path, text] of textsOf(kind)) {
      if (!/milter\.conf|ugly/.test(path)) continue;
      const { values, err } = read('clamav-milter.conf', edit('clamav', text, settings)!);
      expect(err, path).not.toContain('ERROR');
      expect(Object.fromEntries(values), path).toMatchObject({
        OnInfected: '"Reject"',
        LogSyslog: '"yes"',
        MilterSocketMode: '"0660"',
      });
      const active = edit('clamav', text, { text: '', commentOut: ['Example'] })!;
      expectOthersSame(
        read('clamav-milter.conf', active).values,
        values,
        /^(?:OnInfected|LogSyslog|MilterSocketMode)$/,
      );
    }
  });

  it('reads the sockets of clamd and the mirror of freshclam', () => {
    for (const [path, text] of textsOf(kind)) {
      const name = /freshclam/.test(path) ? 'freshclam.conf' : 'clamd.conf';
      if (!/freshclam|clamd\.|scan\.conf/.test(path)) continue;
      const template =
        name === 'clamd.conf' ? 'LocalSocket /run/x\n' : 'DatabaseMirror db.local.example\n';
      const edited = edit('clamav', text, { text: template, commentOut: ['Example'] })!;
      const { values, err } = read(name, edited);
      // Options of that time which this ClamAV does not know.
      if (err.includes('ERROR')) continue;
      expect(values.get('LocalSocket') ?? values.get('DatabaseMirror'), path).toMatch(
        /"\/run\/x"|"db.local.example"/,
      );
    }
  });

  it('reads what we meant in generated files', () => {
    fc.assert(
      fc.property(generated(kind), (text) => {
        const before = read(
          'clamav-milter.conf',
          edit('clamav', text, { text: '', commentOut: ['Example'] })!,
        );
        fc.pre(!before.err.includes('ERROR'));
        const { values, err } = read(
          'clamav-milter.conf',
          edit('clamav', text, kind.settings[0]!)!,
        );
        expect(err).not.toContain('ERROR');
        expect(values.get('OnInfected')).toBe('"Reject"');
        expectOthersSame(before.values, values, /^(?:OnInfected|LogSyslog|MilterSocketMode)$/);
      }),
      runs(12),
    );
  });
});

describe.skipIf(!havePrograms('sh'))('sh', () => {
  beforeAll(() => ownDirectory('sh'));
  const kind = kindOf('shell');
  /** The values of the keys after the file was read; an unset one is not there. */
  const read = (text: string, keys: readonly string[]): Map<string, string> | undefined => {
    const path = save('vars', text);
    const prints = keys
      .map((key) => `[ "\${${key}+x}" ] && printf '${key}=%s\\0' "$${key}"`)
      .join('\n');
    const { out, err } = run('sh', ['-c', `. ${path}\nprintf '\\0'\n${prints}\n:`]);
    if (/yntax error|nterminated/.test(err)) return undefined;
    const rows = out
      .slice(out.indexOf('\0') + 1)
      .split('\0')
      .filter((row) => row !== '');
    return new Map(
      rows.map((row) => [row.slice(0, row.indexOf('=')), row.slice(row.indexOf('=') + 1)]),
    );
  };
  const keys = (text: string): string[] => [
    ...new Set([...text.matchAll(/^\s*([A-Za-z]\w*)=/gm)].map(([, key = '']) => key)),
  ];
  const check = (text: string, settings: Settings): void => {
    const names = [...new Set([...keys(text), ...keys(settings.text)])];
    const before = read(text, names);
    const edited = edit('shell', text, settings);
    if (edited === undefined || before === undefined) return;
    const after = read(edited, names);
    expect(after, 'still sh').toBeDefined();
    const ours = new RegExp(`^(?:${keys(settings.text).join('|')})$`);
    const derived = names.filter((name) => new RegExp(`\\b${name}=.*\\$`).test(text));
    const others = new RegExp(`${ours.source}|^(?:${derived.join('|')})$`);
    expectOthersSame(before, after!, others);
    for (const name of keys(settings.text)) {
      const value = after!.get(name)!;
      const added = settings.text.includes(`{${name}}`);
      const wanted = added ? ' -r 10' : name === 'N' ? 'new' : name === 'K' ? 'b c' : 'l';
      expect(
        added ? value.endsWith(wanted) || value.includes(`${wanted} `) : value.startsWith(wanted),
        `${name}: ${value}`,
      ).toBe(true);
      // What stands in blocks is left out by the editor.
      if (!/[{]|if |case /.test(text)) expect(editorFor('shell').read(edited, name)).toBe(value);
    }
  };

  it('reads what we meant in every file', () => {
    for (const [path, text] of textsOf(kind)) {
      if (path.includes('defaults')) continue;
      for (const settings of kind.settings) check(text, settings);
    }
  });

  it('reads what we meant in generated files', () => {
    fc.assert(fc.property(generated(kind), fc.constantFrom(...kind.settings), check), runs(40));
  });
});

describe.skipIf(!havePrograms('opendkim', 'opendmarc'))('opendkim -n and opendmarc -n', () => {
  beforeAll(() => ownDirectory('opendkim'));
  it.skipIf(!haveShared).each([
    [
      'opendkim',
      '-x',
      'debian-13/etc/opendkim.conf',
      'Mode v\nUMask 007\nSocket inet:8891@localhost\n',
    ],
    [
      'opendkim',
      '-x',
      'freebsd-current/usr/local/etc/mail/opendkim.conf',
      'Mode v\nUMask 007\nSocket inet:8891@localhost\n',
    ],
    [
      'opendmarc',
      '-c',
      'debian-13/etc/opendmarc.conf',
      'RejectFailures false\nUMask 007\nAuthservID HOSTNAME\n',
    ],
  ])('%s takes %3$s', (program, option, path, template) => {
    // The key and user files of other systems are not here.
    const hide = (text: string): string =>
      text.replace(
        /^(?=TrustAnchorFile|PublicSuffixList|KeyFile|User[Ii][Dd]|Selector|Domain)/gm,
        '#',
      );
    const good = run(program, [
      '-n',
      option,
      save('o.conf', hide(edit('key-value', stock(path), { text: template })!)),
    ]);
    expect(good.err + String(good.status)).toBe('0');
    const bad = edit('key-value', stock(path), { text: 'UMask bogus\n' })!;
    expect(run(program, ['-n', option, save('o.conf', hide(bad))]).status).toBe(78);
  });
});

describe.skipIf(!havePrograms('milter-greylist'))('milter-greylist -c', () => {
  beforeAll(() => ownDirectory('greylist'));
  const kind = kindOf('greylist');
  const read = (text: string): Output => {
    // Checking runs "stat" commands (facts/platforms.md 1.8).
    return run('milter-greylist', [
      '-c',
      '-f',
      save('greylist.conf', text.replace(/^stat /gm, '#stat ')),
    ]);
  };

  it('takes every file', () => {
    for (const [path, text] of textsOf(kind)) {
      for (const settings of kind.settings) {
        expect(read(text.replace(/\n?$/, '\n')).status, path).toBe(0);
        const { status, err } = read(edit('greylist', text, settings)!);
        expect(err + String(status), path).toMatch(
          path.includes('ugly') ? /0$/ : /^(?:config file .* is okay\n)?0$/,
        );
      }
    }
  });

  it('takes generated files that it took before', () => {
    let taken = 0;
    fc.assert(
      fc.property(generated(kind), fc.constantFrom(...kind.settings), (text, settings) => {
        const edited = edit('greylist', text, settings);
        if (edited === undefined || read(`${text}\n`).status !== 0) return;
        taken++;
        expect(read(edited).err).not.toContain('error');
        // A default of ours that came behind another one would be reported at its line.
        const first = edited.split('\n').findIndex((line) => /^r?acl .*default/i.test(line)) + 1;
        expect(read(edited).err).not.toContain(`rule at line ${first}\n`);
      }),
      runs(25),
    );
    expect(taken).toBeGreaterThan(0);
  });
});

describe.skipIf(!havePrograms('spamassassin') || !haveShared)('spamassassin --lint', () => {
  beforeAll(() => ownDirectory('spamassassin'));
  const many = process.env['PROPERTY_RUNS'] !== undefined;
  const kind = kindOf('spamassassin');
  const files = textsOf(kind).filter(([path]) => many || path.startsWith('centos-6'));

  it.each(files)(
    'takes %s',
    (_path, text) => {
      const settings = kind.settings[0]!;
      for (const name of ['init.pre', 'v310.pre', 'v320.pre'])
        save(name, stock(`debian-12/etc/spamassassin/${name}`));
      save('local.cf', edit('spamassassin', text, settings)!);
      const { status, err } = run('spamassassin', ['--lint', `--siteconfigpath=${dir}`]);
      expect(err + String(status)).toBe('0');
    },
    60_000,
  );
});

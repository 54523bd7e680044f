/** The programs that own the formats must read what we meant, and everything else as before. */

import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Settings } from '../../src/edit/format.ts';
import { havePrograms, runs } from '../edit/programs.ts';
import { haveShared, stock } from '../edit/stock.ts';
import { generated, textsOf } from './edit-files.ts';
import {
  dir,
  edit,
  expectOthersSame,
  kindOf,
  ownDirectory,
  run,
  save,
  valuesIn,
  type Output,
} from './edit-real.ts';

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
    // Checking runs "stat" commands.
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

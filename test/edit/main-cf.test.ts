import { describe, expect, it } from 'vitest';
import { mainCf } from '../../src/edit/main-cf.ts';
import { documentBlock, haveShared, stock } from './stock.ts';

const merge = (text: string, template: string, takeOut: string[] = []): string =>
  mainCf.merge(text, { text: template, takeOut }).text;
const notes = (text: string, template: string, takeOut: string[] = []): readonly string[] =>
  mainCf.merge(text, { text: template, takeOut }).notes;

describe('reading as Postfix does', () => {
  it.each([
    ['a = x\n# c\n\n   y\n', 'x   y'],
    ['a=x', 'x'],
    ['a =\n', ''],
    ['a = 1\nb = 2\na = 3\n', '3'],
    ['a = unix:a # hi\n', 'unix:a # hi'],
    ['a = x\r\nb = y\r\n', 'x'],
    ['  a = dropped\nb = 1\n', undefined],
    ['#a = 1\n', undefined],
  ])('%j', (text, value) => expect(mainCf.read(text, 'a')).toBe(value));

  it.skipIf(!haveShared)("reads the stock file's value of three lines", () => {
    const value = mainCf.read(stock('centos-6/etc/postfix/main.cf'), 'debugger_command');
    expect(value).toMatch(
      /^PATH=\S+\s+ddd \$daemon_directory\/\$process_name \$process_id & sleep 5$/,
    );
  });
});

describe('ordinary settings', () => {
  it.skipIf(!haveShared)("appends the documents' lines to the stock file", () => {
    const template = documentBlock('centos6', 'Configure Postfix for milters. Append');
    const text = stock('centos-6/etc/postfix/main.cf');
    expect(merge(text, template)).toBe(text + template);
  });

  it('brings the comment only with a new line, apart from what stands there', () => {
    const template =
      '# Head of the template.\n\n# Mail goes on without us.\nmilter_default_action = accept\n';
    expect(merge('a = 1\n', template)).toBe(
      'a = 1\n\n# Mail goes on without us.\nmilter_default_action = accept\n',
    );
    expect(merge('milter_default_action = tempfail\n', template)).toBe(
      'milter_default_action = accept\n',
    );
  });

  it.each([
    ['keeps the spacing', 'k=1\n', 'k=2\n'],
    ['keeps wide spacing', 'k   =\t1\n', 'k   =\t2\n'],
    ['changes the last, which counts', 'k = 0\nk = 1\nx = y\n', 'k = 0\nk = 2\nx = y\n'],
    ['closes the unfinished last line', 'myhostname = h', 'myhostname = h\nk = 2\n'],
    ['keeps CRLF', 'x = y\r\nk = 1\r\n', 'x = y\r\nk = 2\r\n'],
    ['adds in CRLF', 'x = y\r\n', 'x = y\r\nk = 2\r\n'],
    ['uncomments in place', '#k = 1\nx = y\n', 'k = 2\nx = y\n'],
    [
      'uncomments no line that has a continuation below',
      'x = y\n#k = 1\n   z\n',
      'x = y\n#k = 1\n   z\nk = 2\n',
    ],
    ['fills an empty value', 'k =\n', 'k = 2\n'],
    [
      'drops continuations, keeps comments between',
      'k = a\n# c\n  b\n# d\nx = y\n',
      'k = 2\n# c\n# d\nx = y\n',
    ],
    ['starts an empty file', '', 'k = 2\n'],
  ])('%s', (_, before, after) => expect(merge(before, 'k = 2\n')).toBe(after));

  it('leaves a value alone that only has other blanks', () => {
    const text = 'm = i {a}\n   {b}\n';
    expect(merge(text, 'm = i {a} {b}\n')).toBe(text);
  });

  it('comments out a setting with its continuations', () => {
    const text = 'k = a\n# c\n  b\nx = y\n';
    expect(mainCf.merge(text, { text: '', commentOut: ['k'] }).text).toBe(
      '#k = a\n# c\n#  b\nx = y\n',
    );
  });

  it('says which of several counts', () => {
    expect(notes('k = 0\nk = 1\n', 'k = 2\n').join()).toContain('line 2');
  });

  it.each([
    ['no equals sign\n', 'line 1'],
    ['a = b\n= c\n', 'line 2'],
    ['a = b\0\n', 'NUL'],
    ['\xef\xbb\xbfa = b\n', 'byte-order mark'],
    [`a = ${'b'.repeat(1024 * 1024)}\n`, '1 MB'],
  ])('refuses %.20j', (text, reason) => expect(() => merge(text, 'k = 2\n')).toThrow(reason));
});

describe('lists of milters', () => {
  const OURS = 'unix:/run/m.sock';
  const add = (value: string): string =>
    merge(`smtpd_milters =${value}\n`, `smtpd_milters = ${OURS}\n`).slice(
      'smtpd_milters ='.length,
      -1,
    );

  it.each([
    ['', ` ${OURS}`],
    [' ', ` ${OURS}`],
    [' inet:a:1', ` inet:a:1, ${OURS}`],
    [' inet:a:1 inet:b:2', ` inet:a:1 inet:b:2 ${OURS}`],
    [' inet:a:1,inet:b:2', ` inet:a:1,inet:b:2, ${OURS}`],
    [' inet:a:1,', ` inet:a:1, ${OURS}`],
    [' $mine', ` $mine, ${OURS}`],
    [' { inet:a:1, default_action=accept }', ` { inet:a:1, default_action=accept }, ${OURS}`],
    [' inet:a:1,\n   inet:b:2', ` inet:a:1,\n   inet:b:2,\n   ${OURS}`],
    [' inet:a:1\n# why\n\tinet:b:2\n# end', ` inet:a:1\n# why\n\tinet:b:2\n\t${OURS}\n# end`],
    ['\n   inet:a:1', `\n   inet:a:1,\n   ${OURS}`],
    [` inet:a:1, ${OURS}`, ` inet:a:1, ${OURS}`],
    [' local:/run//m.sock', ' local:/run//m.sock'],
    [` { ${OURS}, default_action=tempfail }`, ` { ${OURS}, default_action=tempfail }`],
  ])('adds to "%s"', (before, after) => expect(add(before)).toBe(after));

  it('knows its socket behind a $name', () => {
    const text = `smtpd_milters = ${OURS}\nnon_smtpd_milters = $smtpd_milters\n`;
    expect(merge(text, `smtpd_milters = ${OURS}\nnon_smtpd_milters = ${OURS}\n`)).toBe(text);
  });

  it('adds of $smtpd_milters only what is missing, so that no milter is asked twice', () => {
    const text = 'smtpd_milters = inet:a:1\nnon_smtpd_milters = inet:a:1\n';
    const template = `non_smtpd_milters = $smtpd_milters\nsmtpd_milters = ${OURS}\n`;
    expect(merge(text, template)).toBe(
      `smtpd_milters = inet:a:1, ${OURS}\nnon_smtpd_milters = inet:a:1, ${OURS}\n`,
    );
  });

  it('makes no circle of names, at which Postfix stops', () => {
    const text = 'smtpd_milters = $non_smtpd_milters inet:b:2\nnon_smtpd_milters = inet:a:1\n';
    expect(merge(text, 'non_smtpd_milters = $smtpd_milters\n')).toBe(
      'smtpd_milters = $non_smtpd_milters inet:b:2\nnon_smtpd_milters = inet:a:1, inet:b:2\n',
    );
  });

  it('leaves a commented list of the administrator a comment', () => {
    expect(merge('#smtpd_milters = inet:a:1\n', `smtpd_milters = ${OURS}\n`)).toBe(
      `#smtpd_milters = inet:a:1\nsmtpd_milters = ${OURS}\n`,
    );
  });

  it('writes our own group over our plain socket, and over our older group', () => {
    const group = `{ ${OURS}, default_action=accept }`;
    const template = `smtpd_milters = ${group}\n`;
    expect(merge(`smtpd_milters = inet:a:1, ${OURS}\n`, template)).toBe(
      `smtpd_milters = inet:a:1, ${group}\n`,
    );
    const older = `smtpd_milters = { ${OURS}, default_action=tempfail }, inet:a:1\n`;
    expect(merge(older, template)).toBe(`smtpd_milters = ${group}, inet:a:1\n`);
  });

  const A = 'inet:localhost:8891';
  it.each([
    [` ${A}, inet:b:2`, ' inet:b:2'],
    [` inet:b:2, ${A}`, ' inet:b:2'],
    [` inet:b:2 ${A} inet:c:3`, ' inet:b:2 inet:c:3'],
    [' inet:[127.0.0.1]:8891, inet:b:2', ' inet:b:2'],
    [` { ${A}, default_action=accept } inet:b:2`, ' inet:b:2'],
    [` inet:b:2,\n  ${A},\n  inet:c:3`, ' inet:b:2,\n  inet:c:3'],
    [` inet:b:2,\n  ${A}`, ' inet:b:2'],
    [` ${A},\n  inet:b:2`, ' \n  inet:b:2'],
    [` inet:b:2,\n# kept\n  ${A}\n`, ' inet:b:2\n# kept\n'],
    [' inet:b:2', ' inet:b:2'],
  ])('takes out of "%s"', (before, after) => {
    const key = 'non_smtpd_milters =';
    expect(merge(`${key}${before}\n`, '', [A])).toBe(`${key}${after}\n`);
  });

  it.each([
    ['inet:b:2, inet:a:1, inet:c:3', `inet:b:2, ${OURS}, inet:c:3`],
    ['inet:d:4 { inet:a:1, default_action=accept } $mine', `inet:d:4 ${OURS} $mine`],
    ['inet:a:1,\n    inet:d:4,\n    inet:c:3', `${OURS},\n    inet:d:4,\n    inet:c:3`],
  ])('gives the place of the first that goes to our socket: %s', (list, after) => {
    const text = `smtpd_milters = ${list}\n`;
    const template = `smtpd_milters = ${OURS}\n`;
    const out = ['inet:a:1', 'inet:9:9'];
    expect(mainCf.merge(text, { text: template, takeOut: out }).text).toBe(
      `smtpd_milters = ${after}\n`,
    );
  });

  it('says what it kept, took out, and could not take out', () => {
    const text = `mine = inet:c:3 inet:d:4\nsmtpd_milters = ${A}, inet:b:2, $mine\n`;
    const said = notes(text, `smtpd_milters = ${OURS}\n`, [A, 'inet:c:3']);
    expect(said).toContain(`smtpd_milters: ${A} is taken out`);
    expect(said).toContain('smtpd_milters: inet:c:3 stays, it comes from $mine');
    expect(said).toContain('smtpd_milters: kept inet:b:2 $mine');
  });

  it('takes a name out behind which nothing stays, and leaves what it is', () => {
    const before = (list: string) =>
      `mine = inet:c:3\nall = $mine inet:d:4\nsmtpd_milters = ${list}\n`;
    const out = ['inet:c:3', 'inet:d:4'];
    const after = (list: string) =>
      mainCf.merge(before(list), { text: `smtpd_milters = ${OURS}\n`, takeOut: out }).text;
    expect(after('inet:b:2, $mine')).toBe(before(`inet:b:2, ${OURS}`));
    expect(after('inet:c:3, ${all}, inet:b:2')).toBe(before(`${OURS}, inet:b:2`));
    expect(after('$(all)')).toBe(before(OURS));
  });

  it('says that "#" in a list is no comment', () => {
    const said = notes('smtpd_milters = inet:a:1 # mine\n', `smtpd_milters = ${OURS}\n`);
    expect(said.join()).toContain('"#" in the value is no comment');
  });

  it('never takes out what the template wants', () => {
    const text = `smtpd_milters = ${OURS}\n`;
    expect(merge(text, text, [OURS])).toBe(text);
  });
});

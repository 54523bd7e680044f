import { describe, expect, it } from 'vitest';
import { clamav } from '../../src/edit/clamav.ts';
import { changedLines, documentBlock, haveShared, stock } from './stock.ts';

const merge = (text: string, template: string, commentOut: string[] = []): string =>
  clamav.merge(text, { text: template, commentOut }).text;

describe("the documents' Before and After", () => {
  it
    .skipIf(!haveShared)
    .each([
      'freebsd-10/usr/local/etc/clamav-milter.conf',
      'freebsd-current/usr/local/etc/clamav-milter.conf',
    ])('freebsd: %s', (path) => {
    const before = documentBlock('freebsd', 'We may need to configure', 1).trim().split('\n');
    const after = documentBlock('freebsd', 'We may need to configure', 2);
    const text = stock(path);
    const wanted = after
      .trim()
      .split('\n')
      .map((line) => `+${line}`);
    const gone = before.map((line) => `-${line}`);
    const changed = changedLines(text, merge(text, after));
    expect(changed.filter((line) => line.startsWith('+')).sort()).toEqual(wanted.sort());
    expect(changed.filter((line) => line.startsWith('-')).sort()).toEqual(gone.sort());
  });

  it.skipIf(!haveShared)(
    'centos6: the mode line, whose stock text differs from the document',
    () => {
      const text = stock('centos-6/etc/clamav-milter.conf');
      const after = documentBlock('centos6', 'Edit /etc/clamav-milter.conf', 2);
      expect(changedLines(text, merge(text, after))).toEqual([
        '+MilterSocketMode 0660',
        '-#MilterSocketMode 660',
      ]);
    },
  );

  it.skipIf(!haveShared)('rhel-9: Example goes, the first commented socket comes', () => {
    const text = stock('rhel-9/etc/mail/clamav-milter.conf');
    const template =
      'MilterSocket /run/clamav-milter/m.sock\nClamdSocket unix:/run/clamd.scan/clamd.sock\n';
    const edited = merge(text, template, ['Example']);
    expect(changedLines(text, edited).filter((line) => line.startsWith('+'))).toEqual([
      '+#Example',
      '+MilterSocket /run/clamav-milter/m.sock',
      '+ClamdSocket unix:/run/clamd.scan/clamd.sock',
    ]);
    expect(edited.split('\n').length).toBe(text.split('\n').length);
  });

  it.skipIf(!haveShared)(
    'debian-13: changes the active line, in its own words for yes and no',
    () => {
      const text = stock('debian-13/etc/clamav/clamav-milter.conf');
      const after = documentBlock('freebsd', 'We may need to configure', 2);
      expect(changedLines(text, merge(text, after))).toEqual([
        '+OnInfected Reject',
        '-OnInfected Quarantine',
        '+LogSyslog true',
        '+LogFacility LOG_MAIL',
        '-LogSyslog false',
        '-LogFacility LOG_LOCAL6',
        '+LogInfected Full',
        '-LogInfected Off',
      ]);
    },
  );
});

describe('one line', () => {
  it.each([
    ['the first counts and is changed', 'User a\nUser c\n', 'User b\nUser c\n'],
    ['a commented one below an active one stays', 'User a\n#User b\n', 'User b\n#User b\n'],
    ['the commented line of the same value wins', '#User a\n#User b\n', '#User a\nUser b\n'],
    ['keeps indentation and blanks', '  User\t\ta\n', '  User\t\tb\n'],
    ['keeps quotes', 'User "a"\n', 'User "b"\n'],
    ['prose is not uncommented', '# User of the daemon\n', '# User of the daemon\nUser b\n'],
    ['keys are case-sensitive', 'user a\n', 'user a\nUser b\n'],
    ['keeps a file without last line end', 'User a', 'User b'],
    ['closes it before adding', 'LogTime yes', 'LogTime yes\nUser b\n'],
    ['an empty stock line gets its value', '#User \n', 'User b\n'],
  ])('%s', (_, before, after) => expect(merge(before, 'User b\n')).toBe(after));

  it.each([
    ['LogTime true\n', 'LogTime yes\n', 'LogTime true\n'],
    ['LogTime False\n', 'LogTime yes\n', 'LogTime true\n'],
    ['LogTime no\n', 'LogTime yes\n', 'LogTime yes\n'],
    ['LogTime 1\n', 'LogTime yes\n', 'LogTime 1\n'],
  ])('yes and no: %j', (before, template, after) => expect(merge(before, template)).toBe(after));

  it('adds to keys that accumulate', () => {
    const text = 'LocalNet local\n# c\nLocalNet 10.0.0.0/8\nUser a\n#LocalNet 192.168.0.0/24\n';
    expect(merge(text, '# Ours.\nLocalNet 127.0.0.1\n')).toBe(
      'LocalNet local\n# c\nLocalNet 10.0.0.0/8\n# Ours.\nLocalNet 127.0.0.1\nUser a\n#LocalNet 192.168.0.0/24\n',
    );
    expect(merge(text, 'LocalNet local\n')).toBe(text);
    expect(merge(text, 'LocalNet 192.168.0.0/24\n')).toBe(text.replace('#LocalNet', 'LocalNet'));
  });

  it('comments out every Example line, indented ones too', () => {
    expect(merge('Example\n  ExampleFoo\n# Example\n', '', ['Example'])).toBe(
      '#Example\n#  ExampleFoo\n# Example\n',
    );
  });

  it('refuses CRLF, where the carriage return is a part of the value', () => {
    expect(() => merge('# c\r\nUser a\r\n', 'User b\n')).toThrow('line 2: ClamAV reads no CRLF');
  });

  it.each([
    ['User "a b" c\n', 'a b'],
    ['RejectMsg "a "b"" tail\n', 'a "b"'],
    ['User /a # c\n', '/a # c'],
    ['User a  \n', 'a'],
    ['User a\nUser b\n', 'a'],
    ['#User a\n', undefined],
  ])('reads %j', (text, value) => {
    expect(clamav.read(text.replace('RejectMsg', 'User'), 'User')).toBe(value);
  });
});

import { describe, expect, it } from 'vitest';
import { keyValue } from '../../src/edit/key-value.ts';
import { changedLines, haveShared, stock } from './stock.ts';

const merge = (text: string, template: string): string =>
  keyValue.merge(text, { text: template }).text;

describe.skipIf(!haveShared)('stock files', () => {
  it.each([
    [
      'debian-13/etc/opendkim.conf',
      'Socket inet:8891@localhost\nMode v\nDomain example.org\nLogWhy yes\n',
      [
        '+LogWhy\t\t\tyes',
        '-#LogWhy\t\t\tno',
        '+Mode\t\t\tv',
        '-#Mode\t\t\tsv',
        '+Domain\t\t\texample.org',
        '-#Domain\t\t\texample.com',
        '+Socket\t\t\tinet:8891@localhost',
        '-Socket\t\t\tlocal:/run/opendkim/opendkim.sock',
      ],
    ],
    [
      'debian-13/etc/opendmarc.conf',
      'RejectFailures false\nAuthservID HOSTNAME\nSyslog true\n',
      [
        '+AuthservID HOSTNAME',
        '-# AuthservID name',
        '+RejectFailures false',
        '-# RejectFailures false',
      ],
    ],
    [
      'freebsd-current/usr/local/etc/mail/opendkim.conf',
      'UMask 007\n',
      ['+UMask\t\t\t007', '-# UMask\t\t\t022'],
    ],
    [
      'debian-13/etc/pyspf-milter/pyspf-milter.conf',
      'TestOnly = 0\nSocket = local:/run/pyspf-milter/pyspf-milter.sock\n',
      [
        '+TestOnly = 0',
        '-TestOnly = 1',
        '+Socket = local:/run/pyspf-milter/pyspf-milter.sock',
        '-Socket = inet:8893@localhost',
      ],
    ],
    [
      'debian-13/etc/dkimpy-milter/dkimpy-milter.conf',
      'Socket inet:8892@localhost\n',
      ['+Socket\t\t\tinet:8892@localhost', '-#Socket\t\t\tinet:8892@localhost'],
    ],
  ])('%s', (path, template, changed) => {
    const text = stock(path);
    expect(changedLines(text, merge(text, template)).sort()).toEqual(changed.sort());
  });
});

describe('lines', () => {
  it.each([
    ['the last counts', 'Mode s\nMode sv\n', 'Mode s\nMode v\n'],
    ['in any case', 'mode\ts\n', 'mode\tv\n'],
    ['a comment behind stays', 'Mode s # why\n', 'Mode v # why\n'],
    ['prose stays', '# Mode of the daemon\n', '# Mode of the daemon\nMode v\n'],
    ['no last line end', 'UMask 7', 'UMask 7\nMode v\n'],
    ['the commented line of that value', '#Mode s\n#Mode v\n', '#Mode s\nMode v\n'],
  ])('%s', (_, before, after) => expect(merge(before, 'Mode v\n')).toBe(after));

  it('reads and comments out', () => {
    const text = 'Socket a # b\nsocket  c d\n#Socket e\n';
    expect(keyValue.read(text, 'SOCKET')).toBe('c d');
    expect(keyValue.merge(text, { text: '', commentOut: ['Socket'] }).text).toBe(
      '#Socket a # b\n#socket  c d\n#Socket e\n',
    );
  });

  it('refuses a template in the style of another program', () => {
    expect(() => merge('Mode = s\n', 'Mode v\n')).toThrow('"Key = value", unlike the template');
  });

  it('refuses CRLF, which opendmarc does not read', () => {
    expect(() => merge('Mode s\r\n', 'Mode v\n')).toThrow('line 1: CRLF');
  });
});

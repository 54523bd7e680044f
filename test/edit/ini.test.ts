import { decode } from 'ini';
import { describe, expect, it } from 'vitest';
import { ini } from '../../src/edit/ini.ts';

const merge = (text: string, template: string): string => ini.merge(text, { text: template }).text;

const TEXT = `; ours
[manager]
connection_spec = inet:10025@127.0.0.1 ; here
;unix_socket_mode = 0660

# mine
[milter.greylist]
enabled = no

[milter.my.own]
connection_spec=unix:/x
`;

describe('merging', () => {
  it.each([
    [
      'changes in place, keeps blanks',
      '[milter.my.own]\nconnection_spec = unix:/y\n',
      'connection_spec=unix:/x',
      'connection_spec=unix:/y',
    ],
    [
      'uncomments in its section',
      '[manager]\nunix_socket_mode = 0600\n',
      ';unix_socket_mode = 0660',
      'unix_socket_mode = 0600',
    ],
    [
      'adds at the end of its section',
      '[milter.greylist]\n; Last.\nafter =\n',
      'enabled = no\n',
      'enabled = no\n; Last.\nafter =\n',
    ],
    [
      'adds before the comment of the next section',
      '[manager]\na = 1\n',
      '0660\n',
      '0660\na = 1\n',
    ],
    [
      'keeps a comment behind the value',
      '[manager]\nconnection_spec = unix:/m\n',
      'inet:10025@127.0.0.1 ;',
      'unix:/m ;',
    ],
    ['keeps what it need not change', '[milter.greylist]\nenabled = no\n', 'enabled', 'enabled'],
  ])('%s', (_, template, before, after) =>
    expect(merge(TEXT, template)).toBe(TEXT.replace(before, after)),
  );

  it('brings a new section with its comment', () => {
    const template = '; Of the host.\n[log]\n; More.\nlevel = info\nfacility = mail\n';
    expect(merge(TEXT, template)).toBe(`${TEXT}\n${template}`);
    expect(merge('', template)).toBe(template);
    expect(decode(merge(TEXT, template))).toMatchObject({
      log: { level: 'info', facility: 'mail' },
    });
  });

  it('keeps CRLF', () => {
    expect(merge('[a]\r\nb = 1\r\n', '[a]\nb = 2\nc = 3\n')).toBe('[a]\r\nb = 2\r\nc = 3\r\n');
  });

  it('refuses a section without its bracket', () => {
    expect(() => merge('[a]\n[b\n', '[a]\nb = 1\n')).toThrow('line 2');
  });
});

it('reads by section and key', () => {
  expect(ini.read(TEXT, 'milter.my.own.connection_spec')).toBe('unix:/x');
  expect(ini.read(TEXT, 'milter.greylist.enabled')).toBe('no');
  expect(ini.read(TEXT, 'manager.connection_spec')).toBe('inet:10025@127.0.0.1');
  expect(ini.read(TEXT, 'manager.unix_socket_mode')).toBeUndefined();
});

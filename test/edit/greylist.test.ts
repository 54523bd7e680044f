import { describe, expect, it } from 'vitest';
import { greylist } from '../../src/edit/greylist.ts';
import { changedLines, documentBlock, haveShared, stock, stockFiles } from './stock.ts';

const merge = (text: string, template: string): string =>
  greylist.merge(text, { text: template }).text;
const DEFAULT = 'racl greylist default\n';

describe("the documents' Before and After", () => {
  it.skipIf(!haveShared).each([
    ['freebsd', 'freebsd-10/usr/local/etc/mail/greylist.conf.sample'],
    ['freebsd', 'freebsd-current/usr/local/etc/mail/greylist.conf'],
  ] as const)('%s: %s', (name, path) => {
    const after = documentBlock(name, 'user "mailnull:mailnull"\nracl', 1);
    const text = stock(path);
    expect(changedLines(text, merge(text, after))).toEqual([
      '+socket "/var/milter-greylist/milter-greylist.sock" 660',
      '-socket "/var/milter-greylist/milter-greylist.sock"',
      '+user "mailnull:mail"',
      '-user "mailnull:mailnull"',
      '+subnetmatch /24',
      '+greylist 10m',
      '+autowhite 1w',
      '+racl greylist default',
      '-racl whitelist default',
    ]);
  });

  it.skipIf(!haveShared)('centos6: the After block on its own Before block', () => {
    const before = documentBlock('centos6', '### Configure milter-greylist', 2);
    const after = documentBlock('centos6', '### Configure milter-greylist', 3);
    expect(merge(before, after)).toBe(after);
  });
});

describe('which statement counts', () => {
  it('changes the first default, and leaves the dead one', () => {
    const text = 'racl whitelist default\nracl whitelist default\n';
    expect(merge(text, DEFAULT)).toBe('racl greylist default\nracl whitelist default\n');
    expect(greylist.read('racl whitelist default\nracl greylist default\n', 'racl default')).toBe(
      'whitelist',
    );
  });

  it('changes the last of equal scalars', () => {
    expect(merge('greylist 1m\ngreylist 2m\n', 'greylist 10m\n')).toBe(
      'greylist 1m\ngreylist 10m\n',
    );
  });

  it('takes acl for racl, but neither dacl nor an address named default', () => {
    expect(merge('acl whitelist default\n', DEFAULT)).toBe('acl greylist default\n');
    const text = 'dacl whitelist default\nracl whitelist rcpt default@example.com\n';
    expect(merge(text, DEFAULT)).toBe(text + DEFAULT);
  });

  it.each([
    [
      'keeps the id and the comment',
      'racl "99" whitelist default # mine\n',
      'racl "99" greylist default # mine\n',
    ],
    ['drops the clauses of another action', 'racl blacklist default msg "no"\n', DEFAULT],
    [
      'keeps the clauses of the same action',
      'racl greylist default delay 5m\n',
      'racl greylist default delay 5m\n',
    ],
    ['any letter case', 'RACL Whitelist Default\n', 'RACL greylist default\n'],
    [
      'over two lines',
      'racl whitelist \\ # why\n  default # end\nquiet\n',
      'racl greylist default # end\nquiet\n',
    ],
    [
      'sees no default in strings',
      'racl whitelist addr 1.2.3.4 msg "default"\n',
      `racl whitelist addr 1.2.3.4 msg "default"\n${DEFAULT}`,
    ],
    [
      'sees no default in comments',
      '# racl whitelist default\n',
      `# racl whitelist default\n${DEFAULT}`,
    ],
    [
      'reads past # and " in a regex',
      'racl whitelist from /a#"b/\nracl whitelist default\n',
      'racl whitelist from /a#"b/\nracl greylist default\n',
    ],
  ])('%s', (_, before, after) => expect(merge(before, DEFAULT)).toBe(after));
});

describe('places', () => {
  const TEMPLATE = `# Whole networks.\nsubnetmatch /24\nlist "own" addr { 10.0.0.0/8 }\nracl whitelist list "own"\n${DEFAULT}`;

  it('puts scalars just before the default, lists before the racls', () => {
    const text =
      'quiet\nracl whitelist addr 127.0.0.1\n# Everybody else.\nracl whitelist default\n# end\n';
    expect(merge(text, TEMPLATE)).toBe(
      'quiet\nlist "own" addr { 10.0.0.0/8 }\nracl whitelist addr 127.0.0.1\n' +
        '# Everybody else.\n# Whole networks.\nsubnetmatch /24\nracl whitelist list "own"\nracl greylist default\n# end\n',
    );
  });

  it('fills an empty file in the order of the template', () => {
    expect(merge('', TEMPLATE)).toBe(TEMPLATE);
  });

  it('replaces a list of the same name, which may not be given twice', () => {
    const text = 'list "own" addr { \\\n 192.0.2.1 \\\n} # mine\nracl whitelist list "own"\n';
    expect(merge(text, 'list "own" addr { 10.0.0.0/8 }\n')).toBe(
      'list "own" addr { 10.0.0.0/8 } # mine\nracl whitelist list "own"\n',
    );
  });

  it.each([
    ['adds the missing last line end', 'quiet', 'quiet\ngreylist 10m\n'],
    ['keeps indentation, blanks and comment', '  greylist\t 1h#c\n', '  greylist\t 10m#c\n'],
    [
      'uncomments nothing that carries a line on',
      'quiet \\\n#greylist 1h\n',
      'quiet \\\n#greylist 1h\ngreylist 10m\n',
    ],
    ['uncomments', '#greylist 1h # hours\nquiet\n', 'greylist 10m # hours\nquiet\n'],
    [
      'leaves prose',
      '#greylist is a good thing to have\n',
      '#greylist is a good thing to have\ngreylist 10m\n',
    ],
    ['leaves the same', 'GREYLIST 10m\n', 'GREYLIST 10m\n'],
  ])('%s', (_, before, after) => expect(merge(before, 'greylist 10m\n')).toBe(after));

  it('gives the socket a mode and keeps the comment', () => {
    const text = 'socket "/run/a b.sock" # ours\n';
    expect(merge(text, 'socket "/run/a b.sock" 660\n')).toBe('socket "/run/a b.sock" 660 # ours\n');
    expect(greylist.read(text, 'socket')).toBe('/run/a b.sock');
  });
});

describe('refused', () => {
  it.each([
    ['quiet\r\n', 'CRLF'],
    ['user "mail\n', 'line 1: a string has no closing quote'],
    ['quiet\nracl whitelist \\\n', 'ends after a backslash'],
  ])('%j', (text, reason) => expect(() => merge(text, DEFAULT)).toThrow(reason));
});

it.skipIf(!haveShared)('finds the default of every stock file', () => {
  const files = stockFiles(/etc\/(?:mail|milter-greylist)\/greylist\.conf/);
  expect(files.length).toBeGreaterThan(2);
  for (const name of files)
    expect(greylist.read(stock(name), 'racl default'), name).toBe('whitelist');
});

/** What main.cf and master.cf say, with the expected values of postconf(5) and master(5). */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { chrootOf } from '../../src/postfix/askers.ts';
import { type Postfix, readPostfix, smtpdProcessLimit } from '../../src/postfix/postfix.ts';
import { openReader } from '../../src/host/reader.ts';
import { hostOf } from '../detect/host-of.ts';

const STOCK = fileURLToPath(new URL('../../../shared/stock', import.meta.url));

function postfixOf(mainCf: string, masterCf: string): Postfix {
  return readPostfix(
    hostOf({ '/etc/postfix/main.cf': mainCf, '/etc/postfix/master.cf': masterCf }),
    '/etc/postfix',
  );
}

const SMTPD = (chroot: string, limit = '-'): string =>
  `smtp inet n - ${chroot} - ${limit} smtpd\ncleanup unix n - ${chroot} - 0 cleanup\n`;

describe('main.cf', () => {
  it('gives the milters as they are written, the last of two', () => {
    const facts = postfixOf(
      'smtpd_milters = inet:127.0.0.1:8891\nsmtpd_milters = unix:/a,\n  { inet:127.0.0.1:1, default_action=accept }\n' +
        'non_smtpd_milters = $smtpd_milters\nmilter_default_action = accept\nqueue_directory = /var/mail-queue\n' +
        'milter_mail_macros = {auth_author} {auth_type}\ndefault_process_limit = 200\n',
      SMTPD('n'),
    );
    const { parameters } = facts;
    expect(facts.askers.map(({ elements }) => elements)).toEqual([
      ['unix:/a', '{ inet:127.0.0.1:1, default_action=accept }'],
      ['unix:/a', '{ inet:127.0.0.1:1, default_action=accept }'],
    ]);
    expect(parameters.setting('non_smtpd_milters')).toEqual({
      value: '$smtpd_milters',
      source: '/etc/postfix/main.cf:4',
    });
    expect(parameters.value('milter_default_action')).toBe('accept');
    expect(facts.queueDirectory).toBe('/var/mail-queue');
    expect(smtpdProcessLimit(facts)).toBe(200);
    expect(parameters.seconds('milter_connect_timeout')).toBe(30);
    expect(facts.warnings).toEqual([]);
  });

  it('is a warning where Postfix would not read it', () => {
    const facts = postfixOf('myhostname = mail.example.com\nthis is no setting\n', SMTPD('n'));
    expect(facts.parameters.setting('smtpd_milters')).toBeUndefined();
    expect(facts.warnings).toHaveLength(1);
    expect(facts.warnings[0]).toContain('/etc/postfix/main.cf: line 2');
    const circle = postfixOf('smtpd_milters = $a\na = x $a\n', SMTPD('n'));
    expect(circle.warnings).toEqual([
      '/etc/postfix/main.cf:1: smtpd_milters: $a leads back to itself: Postfix stops here',
    ]);
  });

  it('may be missing: then the defaults stand', () => {
    const facts = readPostfix(hostOf({}), '/etc/postfix');
    expect(facts).toMatchObject({
      exists: false,
      queueDirectory: '/var/spool/postfix',
      ...{ services: [], askers: [], entrances: [], others: [], warnings: [] },
    });
  });
});

describe('chroot', () => {
  it.each([
    ['y', 'compatibility_level = 3.6\n', true],
    ['n', '', false],
    ['-', 'compatibility_level = 3.6\n', false],
    ['-', 'compatibility_level = 1\n', false],
    ['-', 'compatibility_level = 0\n', true],
    ['-', '', true],
  ])('column 5 is %s with "%s"', (column, mainCf, chrooted) => {
    const facts = postfixOf(mainCf, SMTPD(column));
    expect(facts.askers.map((each) => each.chrooted)).toEqual([chrooted, chrooted]);
  });
});

describe('process limit of the SMTP port', () => {
  it.each([
    [SMTPD('n'), 100],
    [SMTPD('n', '30'), 30],
    [SMTPD('n', '0'), 0],
    ['127.0.0.1:smtp inet n - n - 7 smtpd\n', 7],
    ['smtp inet n - n - 1 postscreen\nsmtpd pass - - n - 60 smtpd\n', 60],
    ['submission inet n - n - 5 smtpd\n', undefined],
  ])('%j', (masterCf, limit) => {
    expect(smtpdProcessLimit(postfixOf('', masterCf))).toBe(limit);
  });
});

describe('milters of single services', () => {
  it('are found in every way of writing them', () => {
    const facts = postfixOf(
      '',
      [
        'smtp inet n - n - - smtpd -v -o smtpd_milters=unix:/first',
        'submission inet n - n - - smtpd',
        '  -o syslog_name=postfix/submission',
        '# a comment between',
        '',
        '  -o smtpd_milters=inet:127.0.0.1:8891',
        'smtps inet n - n - - smtpd',
        '  -o { smtpd_milters = unix:/a,',
        '       unix:/b }',
        '10025 inet n - n - - smtpd',
        '  -o smtpd_milters=',
        'cleanup unix n - n - 0 cleanup -o non_smtpd_milters=unix:/c',
        '#relay unix - - n - - smtpd -o smtpd_milters=unix:/commented',
      ].join('\n'),
    );
    const own = facts.askers.filter((each) => each.own);
    expect(own.map(({ name, source, elements }) => [name, source, elements.join(' ')])).toEqual([
      ['smtp/inet', '/etc/postfix/master.cf:1', 'unix:/first'],
      ['submission/inet', '/etc/postfix/master.cf:6', 'inet:127.0.0.1:8891'],
      ['smtps/inet', '/etc/postfix/master.cf:8', 'unix:/a unix:/b'],
      ['10025/inet', '/etc/postfix/master.cf:11', ''],
      ['cleanup/unix', '/etc/postfix/master.cf:12', 'unix:/c'],
    ]);
  });

  it('see the $names of their own settings', () => {
    const facts = postfixOf(
      'filter = inet:127.0.0.1:1\nsmtpd_milters = $filter\n',
      'smtp inet n - n - - smtpd\n587 inet n - n - - smtpd -o filter=inet:127.0.0.1:2\n',
    );
    expect(facts.askers.map(({ elements }) => elements)).toEqual([
      ['inet:127.0.0.1:1'],
      ['inet:127.0.0.1:2'],
    ]);
  });
});

// Without ../shared there are no stock files to read.
describe.skipIf(!existsSync(STOCK))('stock files', () => {
  it.each([
    ['debian-12', '/etc/postfix', true],
    ['debian-13', '/etc/postfix', true],
    ['centos-6', '/etc/postfix', false],
    ['rhel-10', '/etc/postfix', false],
    ['freebsd-10', '/usr/local/etc/postfix', false],
    ['freebsd-current', '/usr/local/etc/postfix', false],
  ])('%s: chrooted or not as its packages have it', (name, directory, chrooted) => {
    const facts = readPostfix(openReader(`${STOCK}/${name}`), directory);
    expect(chrootOf(facts.askers)).toBe(chrooted);
    expect(smtpdProcessLimit(facts)).toBe(100);
    expect(facts.askers.filter(({ own }) => own)).toEqual([]);
    expect(facts.warnings).toEqual([]);
  });
});

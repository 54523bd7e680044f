/** What main.cf and master.cf say, with the expected values of postconf(5) and master(5). */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readPostfix } from '../../src/detect/postfix.ts';
import { openReader } from '../../src/host/reader.ts';
import { hostOf } from './host-of.ts';

const STOCK = fileURLToPath(new URL('../../../shared/stock', import.meta.url));

function postfixOf(mainCf: string, masterCf: string): ReturnType<typeof readPostfix> {
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
    expect(facts.smtpdMilters?.replace(/\s+/g, ' ')).toBe(
      'unix:/a, { inet:127.0.0.1:1, default_action=accept }',
    );
    expect(facts).toMatchObject({
      nonSmtpdMilters: '$smtpd_milters',
      milterDefaultAction: 'accept',
      milterMailMacros: '{auth_author} {auth_type}',
      queueDirectory: '/var/mail-queue',
      defaultProcessLimit: 200,
      smtpdProcessLimit: 200,
      milterConnectTimeout: 30,
      warnings: [],
    });
  });

  it('is a warning where Postfix would not read it', () => {
    const facts = postfixOf('myhostname = mail.example.com\nthis is no setting\n', SMTPD('n'));
    expect(facts.smtpdMilters).toBeUndefined();
    expect(facts.warnings).toHaveLength(1);
    expect(facts.warnings[0]).toContain('/etc/postfix/main.cf: line 2');
  });

  it('may be missing: then the defaults stand', () => {
    expect(readPostfix(hostOf({}), '/etc/postfix')).toEqual({
      smtpdMilters: undefined,
      nonSmtpdMilters: undefined,
      milterDefaultAction: undefined,
      milterMailMacros: undefined,
      milterConnectTimeout: undefined,
      defaultProcessLimit: undefined,
      queueDirectory: '/var/spool/postfix',
      smtpdChrooted: false,
      cleanupChrooted: false,
      smtpdProcessLimit: undefined,
      overrides: [],
      warnings: [],
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
    expect([facts.smtpdChrooted, facts.cleanupChrooted]).toEqual([chrooted, chrooted]);
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
    expect(postfixOf('', masterCf).smtpdProcessLimit).toBe(limit);
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
    expect(facts.overrides).toEqual([
      { service: 'smtp', line: 1, parameter: 'smtpd_milters', value: 'unix:/first' },
      { service: 'submission', line: 6, parameter: 'smtpd_milters', value: 'inet:127.0.0.1:8891' },
      { service: 'smtps', line: 8, parameter: 'smtpd_milters', value: 'unix:/a, unix:/b' },
      { service: '10025', line: 11, parameter: 'smtpd_milters', value: '' },
      { service: 'cleanup', line: 12, parameter: 'non_smtpd_milters', value: 'unix:/c' },
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
    expect([facts.smtpdChrooted, facts.cleanupChrooted]).toEqual([chrooted, chrooted]);
    expect(facts.smtpdProcessLimit).toBe(100);
    expect(facts.overrides).toEqual([]);
    expect(facts.warnings).toEqual([]);
  });
});

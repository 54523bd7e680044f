import { describe, expect, it } from 'vitest';
import type { Circumstances } from '../../src/manager/conditions/condition.ts';
import { makeConditions } from '../../src/manager/conditions/conditions.ts';
import { readConfiguration } from '../../src/manager-config/read-configuration.ts';
import type { ClientAddress } from '../../src/protocol/client-address.ts';

const ini = `
[s25r]
whitelist = mail.1-2-3.example.com, /\\.pool\\.example\\.org$/, /^mx\\d{1,2}-1\\./
blacklist = listed.example.org, /\\.bad\\.example$/i
[remote_network]
local_address = 198.51.100.0/24
remote_address = 10.9.0.0/16
[stress]
threshold_n_connections = 3
[trust]
envelope_from_domain = Example.ORG, /(^|\\.)partner\\.example$/
`;

function conditionsOf(text: string): ReturnType<typeof makeConditions> {
  const detect = () => ({ milters: [], warnings: [] });
  return makeConditions(readConfiguration({ text, path: 'ini', detect }));
}

const conditions = conditionsOf(ini);

interface Given {
  readonly host?: string;
  readonly address?: string;
  readonly macros?: Readonly<Record<string, string>>;
  readonly sessions?: number;
  readonly sender?: string;
}

function circumstances(given: Given): Circumstances {
  const text = given.address ?? '192.0.2.1';
  const address: ClientAddress =
    text === 'unknown'
      ? { family: 'unknown' }
      : text.startsWith('/')
        ? { family: 'unix', path: text }
        : { family: text.includes(':') ? 'inet6' : 'inet', address: text, port: 25 };
  return {
    client: { host: given.host ?? 'mail.example.net', address },
    macro: (name) => given.macros?.[name],
    sessions: given.sessions ?? 1,
    sender: given.sender ?? '<a@example.net>',
  };
}

describe('S25R applies to', () => {
  const applies = (host: string, address = '192.0.2.1'): boolean =>
    conditions.S25R.atConnect!(circumstances({ host, address })) === undefined;

  it.each([
    'unknown',
    '[192.0.2.1]',
    'a12b3.example.com',
    '1-2-3-4.dsl.example.net',
    'pc12345.example.com',
    '12.example.co.jp',
    '3.cust.example.ad.jp',
    'host1.pool2-3.example.com',
    'a1.b2.c.example.net',
    'dhcp9.example.org',
    'adsl-7.example.org',
    'a27-15.smtp-out.us-west-2.amazonses.com',
    // Rules 3 and 6 take letters of any case, the whitelist does not.
    '12.EXAMPLE.CO.JP',
    'DHCP9.EXAMPLE.ORG',
    'mail-wr1-f41.GOOGLE.COM',
  ])('%s', (host) => expect(applies(host)).toBe(true));

  it.each([
    'mail.example.org',
    'mx1.example.org',
    'mail-wr1-f41.google.com',
    'o1.ptr123.sendgrid.net',
    'a8-29.smtp-out.amazonses.com',
    'o1-2-3.obsmtp.com',
    'm1-2-3.slack.com',
    'm1-2-3.mg.gitlab.com',
    // Each next to one that a rule takes: four digits; a letter first; no letter last; no digit pair; four labels.
    'pc1234.example.com',
    'a.b12.example.com',
    'example.1st.com',
    'host1.pool2.example.com',
    'a1.b2.example.net',
    'dhcp.example.org',
    'xdsl.example.org',
  ])('not to %s', (host) => expect(applies(host)).toBe(false));

  it('not to names of the whitelist in the ini', () => {
    expect(applies('mail.1-2-3.example.com')).toBe(false);
    expect(applies('1-2-3.pool.example.org')).toBe(false);
    expect(applies('mx12-1.example.org')).toBe(false);
    expect(applies('mx123-1.example.org')).toBe(true);
  });

  it('names of the blacklist in the ini', () => {
    expect(applies('listed.example.org')).toBe(true);
    expect(applies('notlisted.example.org')).toBe(false);
    expect(applies('MAIL.BAD.EXAMPLE')).toBe(true);
  });

  it('not to names that both lists have', () => {
    const both = conditionsOf('[s25r]\nwhitelist = unknown\nblacklist = unknown\n');
    expect(both.S25R.atConnect!(circumstances({ host: 'unknown' }))).toBe(
      'host name is whitelisted by /^unknown$/',
    );
  });

  it('names that are longer than any name is, without a look at each of their letters', () => {
    const began = performance.now();
    expect(applies('1a'.repeat(32_000))).toBe(true);
    expect(applies(`1a.${'1a.'.repeat(32_000)}google.com`)).toBe(true);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('not to IPv6 clients', () => expect(applies('unknown', '2001:db8::1')).toBe(false));

  it('also to IPv6 clients where the ini says so', () => {
    const all = conditionsOf('[s25r]\nonly_check_ipv4 = no\n');
    const ask = (host: string) =>
      all.S25R.atConnect!(circumstances({ host, address: '2001:db8::1' }));
    expect(ask('unknown')).toBeUndefined();
    expect(ask('mail.example.org')).toBe('host name is not that of an end user');
  });
});

describe('Remote Network applies to', () => {
  const applies = (address: string): boolean =>
    conditions['Remote Network'].atConnect!(circumstances({ address })) === undefined;

  it.each([
    '192.0.2.1',
    '172.32.0.1',
    '2001:db8::1',
    '10.9.1.1',
    '::ffff:192.0.2.1',
    '::ffff:10.9.1.1',
    'fe00::1',
  ])('%s', (address) => expect(applies(address)).toBe(true));
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.1',
    '192.168.0.1',
    '198.51.100.9',
    '::1',
    'fe80::1%em0',
    'fd00::1',
    'fc00::1',
    '::ffff:10.1.2.3',
    '::ffff:198.51.100.9',
    '/tmp/s',
    'unknown',
  ])('not to %s', (address) => expect(applies(address)).toBe(false));
});

describe('conditions on the sender', () => {
  it('tell who is authenticated by auth_type or auth_authen', () => {
    const plain = circumstances({});
    for (const macro of ['auth_type', 'auth_authen']) {
      const logged = circumstances({ macros: { [macro]: 'x' } });
      expect(conditions.Authenticated.atMail!(logged)).toBeUndefined();
      expect(conditions.Unauthenticated.atMail!(logged)).toBe('sender is authenticated');
    }
    expect(conditions.Authenticated.atMail!(plain)).toBe('sender is not authenticated');
    expect(conditions.Unauthenticated.atMail!(plain)).toBeUndefined();
  });

  it.each([
    ['<someone@Gmail.com>', { trusted_domain: 'yes' }],
    ['<someone@example.org>', { trusted_domain: 'yes' }],
    ['<someone@mx.Partner.example>', { trusted_domain: 'yes' }],
    ['<someone@notpartner.example>', {}],
    ['<someone@example.com>', {}],
    ['<someone@gmail.com.example.com>', {}],
    ['someone@gmail.com', {}],
    ['<>', {}],
  ])('Trust gives %s %j', (sender, macros) => {
    expect(conditions.Trust.macrosAtMail!(circumstances({ sender }))).toEqual(macros);
  });
});

describe('conditions on the manager', () => {
  it('count the open sessions', () => {
    const calm = circumstances({ sessions: 2 });
    const stressed = circumstances({ sessions: 3 });
    expect(conditions['No Stress'].atConnect!(calm)).toBeUndefined();
    expect(conditions['No Stress'].atConnect!(stressed)).toBe('under stress');
    expect(conditions['Stress Notify'].macrosAtConnect!(calm)).toEqual({});
    expect(conditions['Stress Notify'].macrosAtConnect!(stressed)).toEqual({ stress: 'yes' });
  });
});

describe('Sendmail Compatible', () => {
  const condition = conditions['Sendmail Compatible'];
  const postfix = { v: 'Postfix 3.10.1', j: 'mx.example.org', daemon_addr: '192.0.2.5' };

  it('fills on Postfix the macros that Sendmail has', () => {
    expect(condition.macrosAtConnect!(circumstances({ macros: postfix }))).toEqual({
      if_addr: '192.0.2.5',
      if_name: 'mx.example.org',
    });
    expect(condition.macrosAtMail!(circumstances({ macros: postfix }))).toEqual({ i: 'dummy-id' });
  });

  it('leaves Sendmail alone', () => {
    const sendmail = circumstances({ macros: { ...postfix, v: '8.17.1' } });
    expect(condition.macrosAtConnect!(sendmail)).toEqual({});
    expect(condition.macrosAtMail!(sendmail)).toEqual({});
  });
});

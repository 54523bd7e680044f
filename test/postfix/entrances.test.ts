/** Which milters are asked about mail, by the way it comes in: postconf(5), MILTER_README, SMTPD_PROXY_README. */
import { describe, expect, it } from 'vitest';
import { readPostfix } from '../../src/postfix/postfix.ts';
import { hostOf } from '../detect/host-of.ts';

const MAIN = 'compatibility_level = 3.6\nsmtpd_milters = inet:127.0.0.1:1\n';
const LOCAL = 'pickup unix n - y 60 1 pickup\ncleanup unix n - y - 0 cleanup\n';

/** `name: who is asked` of each entrance. */
function asked(
  main: string,
  master: string,
  more: Readonly<Record<string, string>> = {},
): readonly string[] {
  const files = { '/etc/postfix/main.cf': main, '/etc/postfix/master.cf': master, ...more };
  const { entrances } = readPostfix(hostOf(files), '/etc/postfix');
  return entrances.map((each) => `${each.name}: ${each.asked.join(' ')}`.trim());
}

describe('mail that comes by SMTP', () => {
  it.each([
    ['', 'smtp/inet: inet:127.0.0.1:1'],
    ['-o smtpd_milters=', 'smtp/inet:'],
    ['-o smtpd_milters=$mine', 'smtp/inet: unix:a'],
    ['-o receive_override_options=no_milters', 'smtp/inet:'],
    ['-o { receive_override_options = no_address_mappings, no_milters }', 'smtp/inet:'],
    ['-o receive_override_options=$mine,no_header_body_checks', 'smtp/inet: inet:127.0.0.1:1'],
    ['-o receive_override_options=$without', 'smtp/inet:'],
  ])('with %s', (option, expected) => {
    const main = `${MAIN}mine = unix:a\nwithout = no_milters\n`;
    expect(asked(main, `smtp inet n - y - - smtpd ${option}\n`)).toEqual([expected]);
  });

  it('is shown to nobody where main.cf says no_milters, but where a service says otherwise', () => {
    const main = `${MAIN}receive_override_options = no_milters\n`;
    const master =
      'smtp inet n - y - - smtpd\n10025 inet n - n - - smtpd -o receive_override_options=\n';
    expect(asked(main, master)).toEqual(['smtp/inet:', '10025/inet: inet:127.0.0.1:1']);
  });

  it('does not come by a service that is disabled', () => {
    const master = 'smtp inet n - y - - smtpd\n587 inet n - y - - smtpd\n';
    expect(asked(`${MAIN}master_service_disable = 587.inet\n`, master)).toHaveLength(1);
    expect(asked(`${MAIN}master_service_disable = inet\n`, master)).toEqual([]);
  });

  it('of some clients is shown to others', () => {
    const files = {
      '/etc/postfix/main.cf': `${MAIN}smtpd_milter_maps = cidr:/etc/postfix/map\n`,
      '/etc/postfix/master.cf': 'smtp inet n - y - - smtpd\n',
      '/etc/postfix/map': '# own\n192.0.2.0/24 disable\n198.51.100.1\n  inet:127.0.0.1:2\n',
    };
    const [entrance] = readPostfix(hostOf(files), '/etc/postfix').entrances;
    expect(entrance!.exceptions).toEqual([
      { clients: '192.0.2.0/24', elements: [], known: true, source: '/etc/postfix/map:2' },
      {
        ...{ clients: '198.51.100.1', elements: ['inet:127.0.0.1:2'] },
        ...{ known: true, source: '/etc/postfix/map:3' },
      },
    ]);
  });

  it('and goes through a content filter comes back by a loopback service without one', () => {
    const files = {
      '/etc/postfix/main.cf': `${MAIN}content_filter = smtp:[127.0.0.1]:10024\n`,
      '/etc/postfix/master.cf':
        'smtp inet n - y - - smtpd\n127.0.0.1:10025 inet n - n - - smtpd -o content_filter=\n',
    };
    const [first, back] = readPostfix(hostOf(files), '/etc/postfix').entrances;
    expect(first).toMatchObject({ reentry: false, filter: { value: 'smtp:[127.0.0.1]:10024' } });
    expect(back).toMatchObject({ reentry: true, filter: undefined });
  });
});

describe('mail that comes by no smtpd', () => {
  const main = `${MAIN}non_smtpd_milters = $smtpd_milters\n`;

  it.each([
    [LOCAL, 'pickup/unix: inet:127.0.0.1:1'],
    [LOCAL.replace('pickup\n', 'pickup -o receive_override_options=no_milters\n'), 'pickup/unix:'],
    [LOCAL.replace(/cleanup\n$/, 'cleanup -o non_smtpd_milters=\n'), 'pickup/unix:'],
    [
      LOCAL.replace('pickup\n', 'pickup -o cleanup_service_name=other\n') +
        'other unix n - n - 0 cleanup -o non_smtpd_milters=unix:b\n',
      'pickup/unix: unix:b',
    ],
  ])('%j', (master, expected) => {
    expect(asked(main, master)).toEqual([expected]);
  });
});

describe('further instances', () => {
  const files = (enable: string) => ({
    '/etc/postfix/main.cf': `${MAIN}multi_instance_directories = /etc/postfix-out /etc/postfix-gone\n`,
    '/etc/postfix/master.cf': 'smtp inet n - y - - smtpd\n',
    '/etc/postfix-out/main.cf': `queue_directory = /var/spool/postfix-out\nmulti_instance_enable = ${enable}\n`,
    '/etc/postfix-out/master.cf': '587 inet n - y - - smtpd -o smtpd_milters=unix:c\n',
  });

  it('have their own files and queue directories', () => {
    const { others } = readPostfix(hostOf(files('yes')), '/etc/postfix');
    expect(others).toMatchObject([
      {
        ...{ directory: '/etc/postfix-out', queueDirectory: '/var/spool/postfix-out' },
        entrances: [{ name: '587/inet', asked: ['unix:c'] }],
      },
    ]);
  });

  it('do not count while they are not enabled', () => {
    expect(readPostfix(hostOf(files('no')), '/etc/postfix').others).toEqual([]);
  });
});

/** Where a client of the host meets each smtpd: master(5), postconf(5) inet_interfaces, POSTSCREEN_README. */
import { describe, expect, it } from 'vitest';
import { type Door, doorsOf } from '../../src/postfix/doors.ts';
import { readPostfix } from '../../src/postfix/postfix.ts';
import { standInHost } from '../plan/stand-in-host.ts';

function doors(services: readonly string[], mainCf = '', more = {}): readonly Door[] {
  const host = standInHost({
    '/etc/postfix/main.cf': mainCf,
    '/etc/postfix/master.cf': services.map((each) => `${each}\n`).join(''),
    ...more,
  });
  return doorsOf(host, readPostfix(host, '/etc/postfix'));
}

const places = (found: readonly Door[]) => found.map(({ hosts, port }) => [...hosts, port]);

describe('the doors of a Postfix', () => {
  it('are where master.cf puts them', () => {
    const found = doors(
      [
        'smtp inet n - y - - smtpd',
        '192.0.2.1:submission inet n - y - - smtpd',
        '[2001:db8::1]:2525 inet n - y - - smtpd',
        'localhost:10025 inet n - y - - smtpd',
        'unknown-name inet n - y - - smtpd',
        'relay inet n - y - - smtpd',
        'pickup unix n - y 60 1 pickup',
      ],
      '',
      { '/etc/services': 'relay\t\t\t4025/tcp # ours\n' },
    );
    expect(places(found)).toEqual([
      ['127.0.0.1', '::1', 25],
      ['192.0.2.1', 587],
      ['2001:db8::1', 2525],
      ['localhost', 10_025],
      ['127.0.0.1', '::1', 4025],
    ]);
    expect(found.map(({ name }) => name)).toEqual([
      ...['25', '192.0.2.1:587', '[2001:db8::1]:2525', 'localhost:10025', '4025'],
    ]);
  });

  it('are at the interfaces that main.cf or the service names', () => {
    expect(
      places(doors(['smtp inet n - y - - smtpd'], 'inet_interfaces = 192.0.2.1, [::1]\n')),
    ).toEqual([['::1', '192.0.2.1', 25]]);
    expect(
      places(
        doors(
          ['smtp inet n - y - - smtpd'],
          'myhostname = mx.example.org\ninet_interfaces = $myhostname\n',
        ),
      ),
    ).toEqual([['mx.example.org', 25]]);
  });

  it('may begin with TLS', () => {
    const [plain, tls] = doors([
      'submission inet n - y - - smtpd',
      'submissions inet n - y - - smtpd -o smtpd_tls_wrappermode=yes',
    ]);
    expect([plain!.tls, tls!.tls, tls!.port]).toEqual([false, true, 465]);
  });

  it('are those of postscreen, which does not show what every client meets', () => {
    const found = doors(['smtp inet n - y - 1 postscreen', 'smtpd pass - - y - - smtpd']);
    expect(found).toMatchObject([{ port: 25, everybody: false, entrance: { name: 'smtpd/pass' } }]);
  });

  it('hear a proxy first where one must speak', () => {
    const proxied = (found: readonly Door[]) => found.map(({ behindProxy }) => behindProxy);
    const own = '-o smtpd_upstream_proxy_protocol=haproxy';
    expect(
      proxied(doors([`smtp inet n - y - - smtpd ${own}`, '587 inet n - y - - smtpd'])),
    ).toEqual([...[true, false]]);
    const behind = ['smtp inet n - y - 1 postscreen', 'smtpd pass - - y - - smtpd'];
    expect(proxied(doors(behind, 'postscreen_upstream_proxy_protocol = haproxy\n'))).toEqual([
      true,
    ]);
  });
});

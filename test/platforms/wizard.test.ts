/** The wizard on the documents' two hosts: it really runs, with stand-ins for the systems' commands. */
import { describe, expect, it } from 'vitest';
import { expectInOrder } from '../golden/order.ts';
import { standIn, type StandInHost } from './stand-in-session.ts';

const FREEBSD_SERVICES = [
  ...['sa-spamd', 'spamass-milter', 'clamav-clamd', 'clamav-freshclam', 'clamav-milter'],
  ...['milter-greylist', 'milter-manager', 'postfix'],
];
const CENTOS_SERVICES = [
  ...['spamassassin', 'spamass-milter', 'clamd', 'clamav-milter'],
  ...['milter-greylist', 'milter-manager', 'postfix'],
];

function freebsd(): StandInHost {
  const host = standIn('freebsd-10', 'freebsd');
  host.set('runs-sendmail');
  return host;
}

/** Only root can give a directory to its owner; others find it to be done each time. */
const owns = process.geteuid?.() === 0;

const PATIENCE = { timeout: 60_000 };

describe('a FreeBSD 10 host', PATIENCE, () => {
  it('is set up, set up once, switched, and taken back', async () => {
    const host = freebsd();
    const before = host.contents();
    const done = await host.type('--yes');
    expect(done.text).toContain('status: pass');
    expect(done.text).toContain('/var/log/maillog');
    expect(done.code).toBe(0);
    expect(FREEBSD_SERVICES.filter((name) => !host.runs(name))).toEqual([]);
    expect(host.runs('sendmail')).toBe(false);
    expectInOrder(host.ran(), [
      'pkg install --yes postfix spamass-milter clamav-milter milter-greylist',
      'pw groupadd milter-manager',
      'pw useradd milter-manager -g milter-manager -G mail -m',
      'pw groupmod mail -m postfix',
      'service sendmail stop',
      'sa-update ',
      'service sa-spamd start',
      'service spamass-milter start',
      'freshclam ',
      'service clamav-clamd start',
      'service clamav-freshclam start',
      'service clamav-milter start',
      'service milter-greylist start',
      'service milter-manager start',
      'service postfix start',
    ]);

    const { text } = await host.type('status');
    expect(text).toMatch(/milter-greylist.*\/var\/milter-greylist\/milter-greylist\.sock/);
    expect(text).toMatch(/clamav-milter.*\/var\/run\/clamav\/clmilter\.sock/);
    expect(text).toMatch(/spamass-milter.*\/var\/run\/spamass-milter\/spamass-milter\.sock/);

    const again = await host.type('--yes');
    expect(again.code).toBe(0);
    if (owns) expect(again.text).toContain('nothing to do');
    const mainCf = host.read('usr/local/etc/postfix/main.cf');
    host.ran();

    const off = await host.type('disable', 'milter-greylist', '--yes');
    expect(off.code).toBe(0);
    expect(host.runs('milter-greylist')).toBe(false);
    expect(host.read('etc/rc.conf')).toContain('miltergreylist_enable="NO"');
    expectInOrder(host.ran(), ['service milter-greylist stop', 'service milter-manager reload']);
    const on = await host.type('enable', 'milter-greylist', '--yes');
    expect(on.code).toBe(0);
    expect(host.runs('milter-greylist')).toBe(true);
    expect(host.read('usr/local/etc/postfix/main.cf')).toBe(mainCf);

    for (let runs = owns ? 3 : 4; runs > 0; runs--) {
      expect((await host.type('undo', '--packages', '--yes')).code).toBe(0);
    }
    expect(FREEBSD_SERVICES.filter((name) => host.runs(name))).toEqual([]);
    expect(host.runs('sendmail')).toBe(true);
    const after = host.contents();
    const restored = Object.keys(before).filter(
      (path) => !/^etc\/(?:passwd|group)$/.test(path) && after[path] !== before[path],
    );
    expect(restored).toEqual([]);
    expect(after['etc/group']).not.toContain('milter-manager');
    expect(after['usr/local/sbin/milter-manager']).toBeUndefined();
  });

  it('is as it was where there is no network, and the cause is told', async () => {
    const host = freebsd();
    host.set('no-network');
    const before = host.contents();
    const { code, text } = await host.type('--yes');
    expect(code).toBe(1);
    expect(text).toContain('Repository FreeBSD cannot be opened');
    expect(host.contents()).toEqual(before);
    expect(host.runs('sendmail')).toBe(true);
  });

  it('filters spam without signatures, says what is missing, and how to finish', async () => {
    const host = freebsd();
    host.set('no-signatures');
    const { code, text } = await host.type('--yes');
    expect(code).toBe(3);
    expect(text).toContain('there are no virus signatures yet');
    expect(host.runs('clamav-clamd') || host.runs('clamav-milter')).toBe(false);
    expect(host.runs('spamass-milter') && host.runs('postfix')).toBe(true);
  });
});

describe('a CentOS 6 host', PATIENCE, () => {
  it('is set up, set up once, switched, and taken back', async () => {
    const host = standIn('centos-6', 'centos6');
    const done = await host.type('--yes');
    expect(done.text).toContain('status: pass');
    expect(done.text).toContain('/var/log/maillog');
    expect(done.code).toBe(0);
    expect(CENTOS_SERVICES.filter((name) => !host.runs(name))).toEqual([]);
    expectInOrder(host.ran(), [
      'yum install -y epel-release',
      'yum install -y postfix spamassassin spamass-milter clamd clamav-milter milter-greylist',
      'usermod -a -G clam milter-manager',
      'usermod -a -G grmilter milter-manager',
      'usermod -a -G milter-manager postfix',
      'chkconfig spamassassin on',
      'service spamassassin start',
      'freshclam ',
      'service clamd start',
      'service clamav-milter start',
      'service milter-greylist start',
      'service milter-manager start',
      'chkconfig postfix on',
      'service postfix start',
    ]);
    const linked = (link: string): boolean => host.contents()[link] === '(link)';
    for (const link of [
      ...['S61clamd', 'S77clamav-milter', 'S78spamassassin', 'S80spamass-milter'],
      ...['S79milter-greylist', 'S79milter-manager', 'S80postfix'],
    ]) {
      expect(linked(`etc/rc.d/rc3.d/${link}`), link).toBe(true);
    }

    const again = await host.type('--yes');
    expect(again.code).toBe(0);
    if (owns) expect(again.text).toContain('nothing to do');
    const mainCf = host.read('etc/postfix/main.cf');
    host.ran();

    const off = await host.type('disable', 'milter-greylist', '--yes');
    expect(off.code).toBe(0);
    expectInOrder(host.ran(), [
      'service milter-greylist stop',
      'chkconfig milter-greylist off',
      'service milter-manager reload',
    ]);
    expect(linked('etc/rc.d/rc3.d/K21milter-greylist')).toBe(true);
    expect((await host.type('enable', 'milter-greylist', '--yes')).code).toBe(0);
    expect(linked('etc/rc.d/rc3.d/S79milter-greylist')).toBe(true);
    expect(host.read('etc/postfix/main.cf')).toBe(mainCf);

    for (let runs = owns ? 3 : 4; runs > 0; runs--) {
      expect((await host.type('undo', '--yes')).code).toBe(0);
    }
    expect(linked('etc/rc.d/rc3.d/S79milter-manager')).toBe(false);
    expect(host.read('etc/passwd')).not.toContain('milter-manager');
    expect(host.read('etc/postfix/main.cf')).not.toContain('smtpd_milters');
  });
});

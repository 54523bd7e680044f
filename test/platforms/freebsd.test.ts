/** FreeBSD: the document's release, and today's. The wizard really runs, with stand-ins for the system's commands. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVERY_PLATFORM, rowsToRun } from '../every-row.ts';
import { expectInOrder } from '../golden/order.ts';
import { differences } from '../trust/whole-tree.ts';
import { reboot } from './boot.ts';
import { freebsd, freebsd10 } from './trees.ts';
import {
  complaint,
  expectGreylistNotOffered,
  expectPackagesOnly,
  expectUntouched,
  setUpOnce,
  undoAll,
} from './whole-life.ts';

const PATIENCE = { timeout: 120_000 };
const MORE = ['--milters', 'opendkim,opendmarc,spf,rspamd,clamav', '--dkim-domain', 'example.com'];

describe('FreeBSD 10, the host of the document', PATIENCE, () => {
  it('is set up once, and taken back', async () => {
    const host = freebsd10();
    const { ran } = await setUpOnce(host);
    expectInOrder(ran, [
      'pkg install --yes postfix spamass-milter clamav-milter milter-greylist',
      'pw groupadd milter-manager',
      'pw useradd milter-manager -g milter-manager -G mail -m',
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
    expect(host.runs('sendmail')).toBe(false);
    const { text } = await host.type('status');
    expect(text).toMatch(
      /^milter-greylist .*\n  unix:\/var\/milter-greylist\/milter-greylist\.sock$/m,
    );
    expect(text).toMatch(/^clamav-milter .*\n  unix:\/var\/run\/clamav\/clmilter\.sock$/m);
    expect(text).toMatch(
      /^spamass-milter .*\n  unix:\/var\/run\/spamass-milter\/spamass-milter\.sock$/m,
    );

    await undoAll(host);
    await expectPackagesOnly(host, freebsd10(), ran);
    expect(host.runs('sendmail')).toBe(true);
    for (const name of ['sa-spamd', 'clamav-milter', 'milter-manager', 'postfix']) {
      expect([name, host.runs(name)]).toEqual([name, false]);
    }
  });

  it.runIf(EVERY_PLATFORM)(
    'is as if nothing had been, but for accounts, where the packages go too',
    async () => {
      const host = freebsd10();
      const before = host.look();
      await setUpOnce(host, '--milters', 'greylist');
      await undoAll(host, '--packages');
      expectUntouched(before, host.look());
    },
  );

  it('is as it was where there is no network, and the cause is told', async () => {
    const host = freebsd10();
    host.set('no-network');
    const before = host.look();
    const { code, text } = await host.type('--yes');
    expect(code).toBe(1);
    expect(text).toContain('Repository FreeBSD cannot be opened');
    expect(differences(before, host.look())).toEqual([]);
    expect(host.runs('sendmail')).toBe(true);
  });

  it('filters spam without signatures, says what is missing, and how to finish', async () => {
    const host = freebsd10();
    host.set('no-signatures');
    const { code, text } = await host.type('--yes');
    expect(code).toBe(3);
    expect(text).toContain('there are no virus signatures yet');
    expect(host.runs('clamav-clamd') || host.runs('clamav-milter')).toBe(false);
    expect(host.runs('spamass-milter') && host.runs('postfix')).toBe(true);
  });
});

describe("today's FreeBSD", PATIENCE, () => {
  it.each(rowsToRun<readonly ['14.2' | '15.0']>([['14.2'], ['15.0']], '15.0'))(
    '%s is set up as it has things, and taken back',
    async (version) => {
      const host = freebsd(version);
      const { ran } = await setUpOnce(host);
      expectInOrder(ran, [
        'pkg install --yes postfix spamassassin spamass-milter clamav milter-greylist',
        'service clamav_clamd start',
        'service clamav_freshclam start',
        'service clamav_milter start',
        'service postfix start',
      ]);
      // Programs that call sendmail(8) reach Postfix, no longer dma.
      expect(host.read('usr/local/etc/mail/mailer.conf')).toMatch(
        /^sendmail\s+\/usr\/local\/sbin\/sendmail$/m,
      );
      await undoAll(host);
      await expectPackagesOnly(host, freebsd(version), ran);
    },
  );

  it('comes up again with an empty /var/run, every milter reachable', async () => {
    const host = freebsd('14.2');
    await setUpOnce(host, '--milters', 'greylist,clamav,spamass');
    expect(await reboot(host)).toEqual([]);
    expect((await host.type('doctor')).code).toBe(0);
  });

  it('goes on under another Node, whose path its script then names, and back', async () => {
    const host = freebsd('14.2');
    await setUpOnce(host, '--milters', 'greylist');
    const before = host.look();
    host.program('usr/bin/node', '');
    const { code, text } = await host.type('--yes', '--milters', 'greylist');
    expect(code, complaint(text)).toBe(0);
    expect(host.read('usr/local/etc/rc.d/milter-manager')).toContain('procname="/usr/bin/node"');
    expect((await host.command('service', 'milter-manager', 'status')).exitCode).toBe(0);
    const undone = await host.type('undo', '--yes');
    expect(undone.code, complaint(undone.text)).toBe(0);
    expect((await host.command('service', 'milter-manager', 'status')).exitCode).toBe(0);
    rmSync(join(host.root, 'usr/bin/node'));
    expect(
      differences(before, host.look()).filter(({ path }) => !path.startsWith('var/run/')),
    ).toEqual([]);
  });

  it.runIf(EVERY_PLATFORM)('takes the newer milters', async () => {
    const host = freebsd('14.2');
    const before = host.look();
    const { ran, text } = await setUpOnce(host, ...MORE);
    expect(await reboot(host)).toEqual([]);
    expectInOrder(ran, [
      'opendkim-genkey -a -b 2048 -D /var/db/dkim/example.com -d example.com -s mail',
      'service redis start',
      'service rspamd start',
      'service pyspf-milter start',
      'service opendmarc start',
      'service milter-opendkim start',
    ]);
    expect(text).toContain('mail._domainkey.example.com. IN TXT');
    await undoAll(host, '--packages');
    expectUntouched(before, host.look());
  });

  it.runIf(EVERY_PLATFORM)('takes dkimpy-milter for opendkim', async () => {
    const host = freebsd('14.2');
    await setUpOnce(host, '--milters', 'dkimpy,greylist', '--dkim-domain', 'example.com');
    expect(host.runs('dkimpy-milter')).toBe(true);
    expect(host.runs('milter-opendkim')).toBe(false);
  });

  it.runIf(EVERY_PLATFORM)(
    'takes clamav-milter alone: no other package brings the directory of mailer.conf',
    async () => {
      const host = freebsd('14.2');
      const before = host.look();
      await setUpOnce(host, '--milters', 'clamav');
      await undoAll(host, '--packages');
      expectUntouched(before, host.look());
    },
  );
});

describe('a milter that the repository lacks', PATIENCE, () => {
  it('is not offered once the catalogue is there, and add says why', async () => {
    const host = freebsd('14.2');
    host.set('lacks-milter-greylist');
    host.set('catalogue');
    await expectGreylistNotOffered(host);
  });

  it('stops the run before anything is done where there was no catalogue, and is known then', async () => {
    const host = freebsd('14.2');
    host.set('lacks-milter-greylist');
    const before = host.look();
    const { code, text } = await host.type('--yes');
    expect(code).toBe(1);
    expect(text).toContain("matching 'milter-greylist' have been found");
    expect(differences(before, host.look())).toEqual([]);
    expect((await host.type('--dry-run', '--yes')).text).toContain(
      'milter-greylist is not offered',
    );
  });
});

/** CentOS 6, the host of the document. The wizard really runs, with stand-ins for the system's commands. */
import { describe, expect, it } from 'vitest';
import { EVERY_PLATFORM, rowsToRun } from '../every-row.ts';
import { expectInOrder } from '../golden/order.ts';
import { differences } from '../trust/whole-tree.ts';
import { centos6 } from './trees.ts';
import {
  complaint,
  expectPackagesOnly,
  expectUntouched,
  setUpOnce,
  undoAll,
} from './whole-life.ts';

const PATIENCE = { timeout: 120_000 };

const ROWS: readonly [string, string | undefined][] = [
  ['with SELinux', 'SELINUX=enforcing\n'],
  ['without SELinux', undefined],
];

describe.each(rowsToRun(ROWS, 'with SELinux'))('a CentOS 6 host %s', PATIENCE, (_, selinux) => {
  const host = () => {
    const made = centos6(selinux);
    if (selinux !== undefined) made.set('selinux');
    return made;
  };

  it('is set up once, and taken back', async () => {
    const made = host();
    const { ran, text } = await setUpOnce(made);
    expect(text.replace(/\s+/g, ' ')).toContain(
      'inet_interfaces = localhost: Postfix takes mail from this',
    );
    expectInOrder(ran, [
      'yum install -y epel-release',
      `yum install -y postfix ${selinux ? 'policycoreutils-python ' : ''}spamassassin spamass-milter clamav clamd clamav-milter milter-greylist`,
      'usermod -a -G clam milter-manager',
      'usermod -a -G grmilter milter-manager',
      'usermod -a -G mail milter-manager',
      ...(selinux ? [] : ['usermod -a -G milter-manager postfix']),
      'chkconfig --add milter-manager',
      'sa-update ',
      ...(selinux ? ['semanage port -a -t milter_port_t -p tcp 11120'] : []),
      'chkconfig spamassassin on',
      'service spamassassin start',
      'chkconfig spamass-milter on',
      'service spamass-milter start',
      'freshclam ',
      'service clamd start',
      'service clamav-milter start',
      'service milter-greylist start',
      'service milter-manager start',
      'service postfix start',
    ]);
    // Neither of the document's modules is disabled: there is no stand-in for semodule or run_init that could do it.
    expect(ran.filter((line) => /^(?:semodule|run_init|setenforce)/.test(line))).toEqual([]);
    const links = made.look();
    for (const link of [
      ...['S61clamd', 'S77clamav-milter', 'S78spamassassin', 'S80spamass-milter'],
      ...['S79milter-greylist', 'S79milter-manager', 'S80postfix'],
    ]) {
      expect(links[`etc/rc.d/rc3.d/${link}`]?.type, link).toBe('link');
    }

    await undoAll(made);
    await expectPackagesOnly(made, host(), ran);
    expect(made.runs('milter-manager') || made.runs('clamd') || made.runs('postfix')).toBe(false);
  });

  it.runIf(EVERY_PLATFORM)(
    'is as if nothing had been, but for accounts, where the packages go too',
    async () => {
      const made = host();
      const before = made.look();
      await setUpOnce(made, '--milters', 'clamav');
      await undoAll(made, '--packages');
      expectUntouched(before, made.look());
    },
  );
});

describe('a CentOS 6 host', PATIENCE, () => {
  it('is told what is missing where the archive of EPEL 6 lacks a package', async () => {
    const host = centos6(undefined);
    host.set('lacks-clamav-milter');
    const { code, text } = await host.type('--yes');
    expect(code).toBe(1);
    expect(complaint(text)).toContain('No package clamav-milter available.');
    expect(host.runs('postfix')).toBe(false);
  });

  it('is told of the archives where its mirrors are gone, before anything is changed', async () => {
    const host = centos6(undefined);
    host.set('no-network');
    const before = host.look();
    expect((await host.type('--dry-run', '--yes')).text.replace(/\s+/g, ' ')).toContain(
      'kept in archives only',
    );
    const { code, text } = await host.type('--yes');
    expect(code).toBe(1);
    expect(text.replace(/\s+/g, ' ')).toContain('vault.centos.org');
    expect(differences(before, host.look())).toEqual([]);
  });

  it('is not offered the newer milters, and add says why', async () => {
    const host = centos6(undefined);
    for (const milter of ['opendkim', 'opendmarc', 'spf', 'rspamd', 'dkimpy', 'amavisd']) {
      const { code, text } = await host.type('add', milter, '--yes');
      expect([milter, code]).toEqual([milter, 2]);
      expect(text).toMatch(/cannot be set up on CentOS release 6\.4 \(Final\): \w+ \w+ \w+/);
    }
  });
});

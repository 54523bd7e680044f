/** The Red Hat family 8 to 10, with SELinux and without. The wizard really runs, with stand-ins for the system's commands. */
import { describe, expect, it } from 'vitest';
import { rowsToRun } from '../every-row.ts';
import { expectInOrder } from '../golden/order.ts';
import { differences } from '../trust/whole-tree.ts';
import { redhat, type RedHat } from './trees.ts';
import {
  expectGreylistNotOffered,
  expectPackagesOnly,
  expectUntouched,
  setUpOnce,
  undoAll,
} from './whole-life.ts';

const PATIENCE = { timeout: 120_000 };
const MORE = ['--milters', 'opendkim,opendmarc,spf,clamav', '--dkim-domain', 'example.com'];

/** Of the stock main.cf: else the filters would wait for mail that never comes. */
const NOTE = 'inet_interfaces = localhost: Postfix takes mail from this host only.';

const EPEL: Readonly<Record<RedHat, string>> = {
  'RHEL 8': 'dnf install -y https://dl.fedoraproject.org/pub/epel/epel-release-latest-8.noarch.rpm',
  'AlmaLinux 9': 'dnf install -y epel-release',
  'CentOS Stream 10': 'dnf install -y epel-release',
};

const ROWS = rowsToRun(Object.entries(EPEL) as readonly [RedHat, string][], 'AlmaLinux 9');

describe.each(ROWS)('%s', (name, epel) => {
  it('is set up once, with the repositories that it needs, and taken back', PATIENCE, async () => {
    const host = redhat(name);
    const { ran, text } = await setUpOnce(host);
    expect(text.replace(/\s+/g, ' ')).toContain(NOTE);
    expectInOrder(ran, [
      epel,
      'crb enable',
      'dnf install -y postfix spamassassin spamass-milter-postfix spamass-milter clamd clamav-freshclam clamav-milter milter-greylist',
      'systemctl daemon-reload',
      'systemctl enable spamassassin',
      'systemctl start spamass-milter',
      'freshclam ',
      'systemctl enable clamd@scan',
      'systemctl start clamd@scan',
      'systemctl start clamav-milter',
      'systemctl start milter-greylist',
      'systemctl enable milter-manager',
      'systemctl start milter-manager',
      'systemctl enable postfix',
      'systemctl start postfix',
    ]);
    // Not one of its policies is changed, and none is needed.
    expect(ran.filter((line) => /^(?:semanage|setenforce|semodule|setsebool)/.test(line))).toEqual(
      [],
    );
    await undoAll(host);
    await expectPackagesOnly(host, redhat(name), ran);
    expect(host.runs('milter-manager') || host.runs('postfix')).toBe(false);
  });
});

const MORE_ROWS: readonly [RedHat][] = [['RHEL 8'], ['AlmaLinux 9']];

describe.each(rowsToRun(MORE_ROWS))('the newer milters on %s', (name) => {
  it('are set up, and taken back with their packages', PATIENCE, async () => {
    const host = redhat(name);
    if (name === 'RHEL 8') host.set('old-opendmarc');
    const before = host.look();
    const { ran } = await setUpOnce(host, ...MORE);
    expectInOrder(ran, [
      'opendkim-genkey -a -b 2048 -D /etc/opendkim/keys/example.com -d example.com -s mail',
      'systemctl start opendkim',
      'systemctl start milter-manager',
    ]);
    await undoAll(host, '--packages');
    expectUntouched(before, host.look());
  });
});

describe('what EPEL does not have', PATIENCE, () => {
  it('is not offered where EPEL is there already, and add says why', async () => {
    const host = redhat('AlmaLinux 9');
    host.set('lacks-milter-greylist');
    for (const line of ['dnf install -y epel-release', 'crb enable']) {
      await host.command(...line.split(' '));
    }
    await expectGreylistNotOffered(host);
  });

  it('stops the run before anything but EPEL is there, and is known the next time', async () => {
    const host = redhat('CentOS Stream 10');
    host.set('lacks-milter-greylist');
    const before = host.look();
    const { code, text } = await host.type('--yes');
    expect(code).toBe(1);
    expect(text).toContain('Unable to find a match: milter-greylist');
    expect(differences(before, host.look()).map(({ path }) => path)).toEqual([
      ...['etc/yum.repos.d', 'etc/yum.repos.d/epel.repo', 'usr/bin/crb'],
    ]);
    expect((await host.type('--dry-run', '--yes')).text).toContain(
      'milter-greylist is not offered',
    );
  });

  it('is told of rspamd, dkimpy-milter and pyspf-milter without asking', async () => {
    const host = redhat('CentOS Stream 10');
    for (const milter of ['rspamd', 'dkimpy', 'spf', 'amavisd']) {
      const { code, text } = await host.type('add', milter, '--yes');
      expect(code).toBe(2);
      expect(text).toMatch(/cannot be set up on \S.*: \w+ \w+ \w+/);
    }
  });
});

it('is as it was where there is no network, and the cause is told', PATIENCE, async () => {
  const host = redhat('AlmaLinux 9');
  host.set('no-network');
  const before = host.look();
  const { code, text } = await host.type('--yes');
  expect(code).toBe(1);
  expect(text).toContain('Failed to download metadata');
  expect(differences(before, host.look())).toEqual([]);
});

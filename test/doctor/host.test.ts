/** What doctor finds of the host around the mail: packages, upgrades, runs of ours that were killed. */
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setUp } from '../golden/tree.ts';
import { host, MAIN_CF } from './tree.ts';

describe('packages', () => {
  const status = (state: string) =>
    `Package: postfix\nStatus: install ok installed\n\nPackage: clamav-milter\nStatus: install ${state}\nVersion: 1\n`;

  it.each([
    ['ok half-configured', 'warning', 'dpkg --configure -a'],
    ['reinstreq half-installed', 'error', 'apt-get install --reinstall clamav-milter'],
  ])('that are %s', async (state, grade, fix) => {
    const sick = await host({ '/var/lib/dpkg/status': status(state) });
    const [finding] = await sick.found('package-state');
    expect(finding).toMatchObject({ grade });
    expect(finding?.evidence.join()).toContain('clamav-milter is half-');
    expect(finding?.fix).toContain(fix);
    sick.write('/var/lib/dpkg/status', status('ok installed'));
    expect(await sick.grade('package-state')).toBe('ok');
  });

  it('when dpkg was interrupted', async () => {
    const sick = await host({ '/var/lib/dpkg/updates/0001': '' });
    const [finding] = await sick.found('package-state');
    expect(finding).toMatchObject({ grade: 'error', fix: ['dpkg --configure -a'] });
    sick.remove('/var/lib/dpkg/updates/0001');
    expect(await sick.grade('package-state')).toBe('ok');
  });
});

describe('upgrades', () => {
  it.each(['.dpkg-dist', '.dpkg-new', '.ucf-dist', '.rpmnew', '.pkgnew'])(
    'that left a new version as %s',
    async (suffix) => {
      const sick = await host({ [`/etc/clamav/clamav-milter.conf${suffix}`]: 'Foo bar\n' });
      const [finding] = await sick.found('package-upgrade');
      const other = `/etc/clamav/clamav-milter.conf${suffix}`;
      expect(finding).toMatchObject({ grade: 'warning' });
      expect(finding?.fix).toEqual([
        `diff -u /etc/clamav/clamav-milter.conf ${other}`,
        `rm ${other}`,
      ]);
      sick.remove(other);
      expect(await sick.grade('package-upgrade')).toBe('ok');
    },
  );

  it('of files that are not ours are none of our business', async () => {
    const sick = await host({ '/etc/postfix/virtual.dpkg-dist': '' });
    expect(await sick.grade('package-upgrade')).toBe('ok');
  });
});

describe('files of ours', () => {
  it('that somebody changed, our settings kept', async () => {
    const sick = await host();
    sick.append(MAIN_CF, 'biff = no\n');
    const [finding] = await sick.found('drift');
    expect(finding).toMatchObject({ grade: 'info' });
    expect(finding?.title).toContain('our settings are still in it');
  });

  it('that lost our settings', async () => {
    const sick = await host();
    const { text } = { text: sick.read('/etc/spamassassin/local.cf') };
    sick.write('/etc/spamassassin/local.cf', '# empty\n');
    const [finding] = await sick.found('drift');
    expect(finding).toMatchObject({ grade: 'warning' });
    expect(finding?.evidence).toContain('a run with the same answers would change it');
    // The command that it names puts them back.
    expect(finding?.fix).toContain('milter-setup --yes --force');
    expect((await setUp(sick.root, '--yes', '--force')).code).toBe(0);
    expect(await sick.grade('drift')).toBe('ok');
    expect(sick.read('/etc/spamassassin/local.cf')).not.toBe(text);
  });

  it('that are gone', async () => {
    const sick = await host();
    sick.remove('/etc/systemd/system/milter-manager.service');
    const [finding] = await sick.found('drift');
    expect(finding).toMatchObject({ grade: 'warning' });
    expect(finding?.title).toContain('milter-manager.service was removed');
  });
});

it('a run of ours that was killed', async () => {
  const sick = await host();
  const checkpoints = join(sick.root, 'var/lib/milter-setup/checkpoints');
  const [run] = fs.readdirSync(checkpoints);
  const journal = `/var/lib/milter-setup/checkpoints/${run!}/journal.jsonl`;
  const whole = sick.read(journal);
  sick.edit(journal, /^.*"type":"finished".*\n/m, '');
  const [finding] = await sick.found('unfinished-run');
  expect(finding).toMatchObject({ grade: 'error', fix: ['milter-setup undo'] });
  sick.write(journal, whole);
  expect(await sick.grade('unfinished-run')).toBe('ok');
});

describe('SELinux', () => {
  it('is skipped where it is not in use, and that is no ok', async () => {
    const sick = await host();
    expect(await sick.found('selinux')).toMatchObject([
      { grade: 'skipped', evidence: ['SELinux is not in use'] },
    ]);
  });

  it('keeps a milter from a port without a label, and says what it denied', async () => {
    const now = Math.floor(Date.now() / 1000);
    const avc = (seconds: number, comm: string) =>
      `type=AVC msg=audit(${seconds}.123:1): avc:  denied  { connectto } for  pid=1 comm="${comm}" path="/run/x.sock"\n`;
    const sick = await host({
      '/etc/selinux/config': 'SELINUX=enforcing\n',
      '/var/log/audit/audit.log':
        avc(now - 200_000, 'smtpd-old') + avc(now - 60, 'sshd') + avc(now - 60, 'postfix'),
      '/etc/default/spamass-milter': 'SOCKET="inet:11120@127.0.0.1"\n',
    });
    const findings = await sick.found('selinux');
    expect(findings.map(({ title }) => title)).toEqual([
      "SELinux keeps Postfix from the manager's UNIX socket",
      'SELinux may keep spamass-milter from the port 11120: it then does not start',
      'SELinux has denied something to the mail filters since yesterday (lines of the log: 1)',
    ]);
    expect(findings[1]?.fix[0]).toBe('semanage port -a -t milter_port_t -p tcp 11120');
    expect(findings[2]?.evidence[0]).toContain('comm="postfix"');
  });
});

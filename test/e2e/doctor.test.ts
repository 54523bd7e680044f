/** Doctor on a booted host: content with what was just set up; then that is broken, found, and repaired as it says. */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { boot, whyNoHosts, type BootedHost } from './host.ts';
import { putSignatures } from './mail-host.ts';
import { useOwnNameServer } from './name-server.ts';
import { copyPackage, packPackage, type Package } from './package.ts';

const missing = whyNoHosts();
const INI = '/etc/milter-manager/milter-manager.ini';
const GREYLIST = '/etc/milter-greylist/greylist.conf';
const CLAMAV = '/run/clamav/clamav-milter.ctl';
const JOURNALS = 'var/lib/milter-setup/checkpoints';

interface Found {
  readonly id: string;
  readonly grade: string;
  readonly title: string;
  readonly evidence: readonly string[];
  readonly fix: readonly string[];
}

interface Trouble {
  readonly id: string;
  readonly grade: 'error' | 'warning';
  readonly title: RegExp;
  readonly evidence: RegExp;
  /** Lines for sh. */
  readonly breaks: readonly string[];
}

const TROUBLES: readonly Trouble[] = [
  {
    id: 'group-membership',
    grade: 'error',
    title: /^milter-manager is not in the group clamav/,
    evidence: /clamav-milter\.ctl is 0660 clamav:clamav[^]*Permission denied/,
    breaks: ['gpasswd -d milter-manager clamav', 'systemctl restart milter-manager'],
  },
  {
    id: 'group-membership',
    grade: 'error',
    title: /^the manager was started before milter-manager came into clamav/,
    evidence: /\/proc\/\d+\/status: Groups lacks \d+ \(clamav\)/,
    breaks: [
      ...['gpasswd -d milter-manager clamav', 'systemctl restart milter-manager'],
      'gpasswd -a milter-manager clamav',
    ],
  },
  {
    id: 'socket-permission',
    grade: 'error',
    title: /^milter-manager cannot connect to clamav-milter/,
    evidence: /clamav-milter\.ctl is 0600[^]*Permission denied/,
    breaks: [`chmod 600 ${CLAMAV}`],
  },
  {
    id: 'socket-permission',
    grade: 'error',
    title: /^milter-manager cannot connect to spamass-milter/,
    evidence: /Connection refused/,
    breaks: ['kill -9 $(pidof spamass-milter)'],
  },
  {
    id: 'socket-permission',
    grade: 'error',
    title: /^postfix cannot connect to the milter manager/,
    evidence: /\/var\/spool\/postfix\/milter-manager is 0700/,
    breaks: ['chmod 700 /var/spool/postfix/milter-manager'],
  },
  {
    id: 'chroot',
    grade: 'error',
    title: /^Postfix cannot see the manager's socket: smtp\/inet is chrooted/,
    evidence: /connection_spec = unix:\/run\/milter-manager\/m\.sock/,
    breaks: [
      `sed -i 's|^connection_spec = .*|connection_spec = unix:/run/milter-manager/m.sock|' ${INI}`,
      "postconf -e 'smtpd_milters = unix:/run/milter-manager/m.sock'",
    ],
  },
  {
    id: 'port-clash',
    grade: 'error',
    title: /^clamav-milter and spamass-milter are told to listen at the same place/,
    evidence: /spamass-milter:\d+: spamass-milter at unix:\/var\/run\/clamav\/clamav-milter\.ctl/,
    breaks: ['echo SOCKET=/var/run/clamav/clamav-milter.ctl >> /etc/default/spamass-milter'],
  },
  {
    id: 'asked-twice',
    grade: 'error',
    title: /^spamass-milter is asked twice/,
    evidence: /main\.cf:\d+: smtpd_milters names unix:\/spamass\/spamass\.sock/,
    breaks: [
      'postconf -e "smtpd_milters = $(postconf -h smtpd_milters), unix:/spamass/spamass.sock"',
    ],
  },
  {
    id: 'postfix-asks',
    grade: 'error',
    title: /mail is not filtered$/,
    evidence: /main\.cf:\d+: smtpd_milters = $/,
    breaks: ["postconf -e 'smtpd_milters ='"],
  },
  {
    id: 'master-cf-overrides',
    grade: 'warning',
    title: /^mail that comes by submission\/inet is not filtered/,
    evidence: /master\.cf:\d+: -o smtpd_milters=$/,
    breaks: [
      "postconf -M 'submission/inet=submission inet n - y - - smtpd'",
      "postconf -P 'submission/inet/smtpd_milters='",
    ],
  },
  {
    id: 'services',
    grade: 'error',
    title: /^spamd is enabled and not running \(for spamass-milter\)/,
    evidence: /systemctl is-active --quiet spamd: not running/,
    breaks: ['systemctl stop spamd'],
  },
  {
    id: 'services',
    grade: 'warning',
    title: /^milter-greylist runs and is not enabled/,
    evidence: /not enabled/,
    breaks: ['systemctl disable milter-greylist'],
  },
  {
    id: 'manager',
    grade: 'error',
    title: /^the milter manager is not running/,
    evidence: /systemctl is-active --quiet milter-manager/,
    breaks: ['systemctl stop milter-manager'],
  },
  {
    id: 'greylist-default',
    grade: 'warning',
    title: /^nobody is greylisted by default/,
    evidence: /greylist\.conf:\d+: racl whitelist default/,
    breaks: [`sed -i 's/^racl greylist default/racl whitelist default\\n&/' ${GREYLIST}`],
  },
  {
    id: 'timeouts',
    grade: 'warning',
    title: /^the manager takes up to 290 s for a message, and Postfix gives up after 60 s/,
    evidence: /main\.cf:\d+: milter_content_timeout = 60s/,
    breaks: ['postconf -e milter_content_timeout=60s'],
  },
  {
    id: 'milter-protocol',
    grade: 'error',
    title: /^Postfix does not know milter_default_action = acept/,
    evidence: /main\.cf:\d+: milter_default_action = acept/,
    breaks: ['postconf -e milter_default_action=acept'],
  },
  {
    id: 'postfix-configuration',
    grade: 'warning',
    title: /^Postfix warns of its configuration/,
    evidence: /unused parameter: smtpd_milter=/,
    breaks: ['echo smtpd_milter=unix:/x >> /etc/postfix/main.cf'],
  },
  {
    id: 'package-state',
    grade: 'warning',
    title: /^packages are not configured yet/,
    evidence: /milter-greylist is half-configured/,
    breaks: [
      "sed -i '/^Package: milter-greylist$/,/^$/s/^Status: .*/Status: install ok half-configured/' /var/lib/dpkg/status",
    ],
  },
  {
    id: 'package-upgrade',
    grade: 'warning',
    title: /^a package brought a new \/etc\/clamav\/clamav-milter\.conf/,
    evidence: /clamav-milter\.conf\.dpkg-dist/,
    breaks: ['echo "# new" > /etc/clamav/clamav-milter.conf.dpkg-dist'],
  },
  {
    id: 'drift',
    grade: 'warning',
    title: /^\/etc\/default\/spamd was changed/,
    evidence: /a run with the same answers would change it/,
    breaks: ['echo "OPTIONS=\\"--create-prefs\\"" > /etc/default/spamd'],
  },
];

describe.skipIf(missing !== undefined)(`doctor on Debian 13 ${missing ?? ''}`, () => {
  let host: BootedHost;
  let tarball: Package;

  beforeAll(async () => {
    host = await boot('dr-doctor', 'debian13', 151);
    putSignatures(host);
    await useOwnNameServer(host);
    tarball = copyPackage(host, await packPackage());
    // As it is typed once it was installed with npm.
    const words = tarball.argv('milter-setup').join(' ');
    fs.writeFileSync(
      join(host.root, 'usr/local/bin/milter-setup'),
      `#!/bin/sh\nexec ${words} "$@"\n`,
      { mode: 0o755 },
    );
    const { exitCode, output } = await tarball.setup('--yes');
    expect(exitCode, output).toBe(0);
    await host.run('cp', '-a', '/etc', '/root/etc-well');
  });
  afterAll(() => host.down());

  const sh = async (line: string) => {
    const { exitCode, output } = await host.exec('sh', '-c', line);
    // These say that there is a difference.
    const only = /^(?:diff|milter-setup plan)\b/.test(line);
    if (!only) expect(exitCode, `${line}\n${output}`).toBe(0);
  };

  /** As it was before, for the next trouble. */
  const heal = () =>
    sh(
      'cp -a /root/etc-well/. /etc/; chmod 750 /var/spool/postfix/milter-manager; ' +
        'systemctl restart spamd clamav-milter spamass-milter milter-greylist milter-manager postfix',
    );

  /** What it says, but for what is well. */
  async function troubles(): Promise<{ readonly code: number; readonly found: readonly Found[] }> {
    const { exitCode, stdout, output } = await tarball.setup('doctor', '--json');
    expect(stdout, output).toMatch(/^\{/);
    const { findings } = JSON.parse(stdout) as { readonly findings: readonly Found[] };
    return {
      code: exitCode,
      found: findings
        .filter(({ grade }) => grade === 'error' || grade === 'warning')
        // Ours is not from the registry.
        .map((each) => ({ ...each, fix: each.fix.map((line) => line.replace(/^npx /, '')) })),
    };
  }

  /** Types its commands. */
  const repair = async (fix: readonly string[]) => {
    for (const line of fix.filter((each) => !each.startsWith('#'))) {
      const asks = /^milter-setup (?:enable|add|doctor --fix)\b/.test(line);
      await sh(asks ? `${line} --yes` : line);
    }
  };

  it('has neither warning nor error for what was just set up', async () => {
    expect(await troubles()).toEqual({ code: 0, found: [] });
  });

  it('nor does an ordinary user see any that is none', async () => {
    const become = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'];
    await host.run('sh', '-c', 'install -m 644 /root/milter-setup-*.tgz /tmp/milter-setup.tgz');
    await host.run('install', '-d', '-o', 'nobody', '/tmp/nobody');
    const argv = ['npx', '--yes', '--package=/tmp/milter-setup.tgz', '--', 'milter-setup'];
    const { exitCode, output } = await host.exec(
      ...[...become, 'env', 'HOME=/tmp/nobody', ...argv, 'doctor'],
    );
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/^0 errors, /m);
    expect(output).toContain('postfix check needs root');
  });

  it.each(TROUBLES.map((trouble) => [`${trouble.title}`, trouble] as const))(
    'finds %s, and its remedy repairs it',
    async (_title, { id, grade, title, evidence, breaks }) => {
      onTestFailed(heal);
      for (const line of breaks) await sh(line);
      const { code, found } = await troubles();
      const finding = found.find((each) => each.id === id && title.test(each.title));
      expect(finding, JSON.stringify(found, undefined, 1)).toMatchObject({ grade });
      expect(finding?.evidence.join('\n')).toMatch(evidence);
      expect(code).toBe(found.some((each) => each.grade === 'error') ? 3 : 0);
      await repair(finding!.fix);
      expect(await troubles()).toEqual({ code: 0, found: [] });
    },
  );

  it('has no objection to milters that sign and judge, added later', async () => {
    const { exitCode, output } = await tarball.setup(
      'add',
      'opendkim',
      'opendmarc',
      'spf',
      '--yes',
    );
    expect(exitCode, output).toBe(0);
    expect(await troubles()).toEqual({ code: 0, found: [] });
  });

  it('finds a run that was killed, and undo takes it back', async () => {
    const disabled = await tarball.setup('disable', 'spamass-milter', '--yes');
    expect(disabled.exitCode, disabled.output).toBe(0);
    const newest = fs.readdirSync(join(host.root, JOURNALS)).sort().at(-1)!;
    const journal = join(host.root, JOURNALS, newest, 'journal.jsonl');
    const lines = fs.readFileSync(journal, 'utf8').split('\n');
    fs.writeFileSync(journal, lines.filter((line) => !line.includes('"finished"')).join('\n'));
    const { found } = await troubles();
    const finding = found.find(({ id }) => id === 'unfinished-run');
    expect(finding).toMatchObject({ grade: 'error', fix: ['milter-setup undo'] });
    await sh('milter-setup undo --yes');
    expect(await troubles()).toEqual({ code: 0, found: [] });
  });

  it('stops a run before it changes anything where dpkg was interrupted', async () => {
    await sh('touch /var/lib/dpkg/updates/0001');
    const { exitCode, output } = await tarball.setup('disable', 'spamass-milter', '--yes');
    expect(exitCode).toBe(1);
    expect(output).toContain('dpkg was interrupted');
    expect(output).toContain('dpkg --configure -a');
    expect(output).toContain('Nothing has been changed.');
    expect((await host.run('systemctl', 'is-active', 'spamass-milter')).trim()).toBe('active');
    await sh('rm /var/lib/dpkg/updates/0001');
  });
});

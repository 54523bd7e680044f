/** What doctor finds on a host that runs: what the system's commands say, as they say it. */
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../src/doctor/checks.ts';
import { examine } from '../../src/doctor/examine.ts';
import { gatherDoctorFacts, type OurRuns } from '../../src/doctor/facts.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import type { Connect, Tried } from '../../src/doctor/reach.ts';
import type { Host } from '../../src/host/host.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import { gatherFacts } from '../../src/plan/facts.ts';
import { remedyLines } from '../../src/ui/show-findings.ts';
import { host, type SickHost } from './tree.ts';

interface Answer {
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** The tree, and commands that answer by the beginning of their argv; others succeed without a word. */
function running(sick: SickHost, answers: Readonly<Record<string, Answer>> = {}): Host {
  sick.write('/run/systemd/system/reboot.target', '');
  sick.write('/usr/bin/node', '');
  sick.mode('/usr/bin/node', 0o755, 0, 0);
  return {
    ...openTreeHost(sick.root),
    runs: true,
    run: (argv) => {
      const line = argv.join(' ');
      const key = Object.keys(answers).find((each) => line.startsWith(each));
      const { exitCode = 0, stdout = '', stderr = '' } = answers[key ?? ''] ?? {};
      return Promise.resolve({ argv, exitCode, stdout, stderr });
    },
  };
}

async function findings(
  sick: SickHost,
  id: string,
  answers: Readonly<Record<string, Answer>> = {},
  connect: Connect = NOBODY_TRIES,
  ours: Partial<OurRuns> = {},
): Promise<readonly (Omit<Finding, 'fix'> & { readonly fix: readonly string[] })[]> {
  const machine = running(sick, answers);
  const facts = await gatherDoctorFacts(
    machine,
    await gatherFacts(machine),
    { written: [], changed: [], ...ours },
    connect,
  );
  const found = await examine(
    machine,
    facts,
    CHECKS.filter((check) => check.id === id),
  );
  return found.map((each) => ({ ...each, fix: each.fix.flatMap(remedyLines) }));
}

const SOCKETS = [
  '/var/run/milter-greylist/milter-greylist.sock',
  '/var/run/clamav/clamav-milter.ctl',
  '/var/spool/postfix/spamass/spamass.sock',
  '/var/spool/postfix/milter-manager/milter-manager.sock',
];
const NOBODY_TRIES = () => Promise.resolve(undefined);
const STOPPED = { exitCode: 3 };
const is = (service: string) => `systemctl is-active --quiet ${service}`;

describe('services', () => {
  it('that are enabled and do not run', async () => {
    const sick = await host();
    expect(await findings(sick, 'services', { [is('clamav-daemon')]: STOPPED })).toMatchObject([
      {
        grade: 'error',
        title: 'clamav-daemon is enabled and not running (for clamav-milter)',
        evidence: ['systemctl is-active --quiet clamav-daemon: not running'],
        fix: ['systemctl start clamav-daemon'],
      },
    ]);
  });

  it('that run and are not enabled', async () => {
    const sick = await host();
    sick.remove('/etc/systemd/system/multi-user.target.wants/milter-greylist.service');
    expect((await findings(sick, 'services'))[0]).toMatchObject({ grade: 'warning' });
  });

  it('the manager, without which Postfix falls back', async () => {
    const sick = await host();
    const [finding] = await findings(sick, 'manager', { [is('milter-manager')]: STOPPED });
    expect(finding).toMatchObject({ grade: 'error', fix: ['systemctl start milter-manager'] });
    expect((await findings(sick, 'manager'))[0]).toMatchObject({ grade: 'ok' });
  });

  it('the manager, whose Node went with an upgrade', async () => {
    const sick = await host();
    sick.edit('/usr/local/sbin/milter-manager', /^#!.*$/m, '#!/opt/node-20/bin/node');
    const [finding] = await findings(sick, 'manager', { [is('milter-manager')]: STOPPED });
    expect(finding).toMatchObject({ grade: 'error', fix: ['milter-setup --yes'] });
    expect(finding?.evidence[0]).toContain('#!/opt/node-20/bin/node');
    sick.write('/opt/node-20/bin/node', '');
    expect((await findings(sick, 'manager'))[0]).toMatchObject({ grade: 'ok' });
  });
});

it("the manager's configuration, in its own words", async () => {
  const sick = await host();
  const said = '/etc/milter-manager/milter-manager.ini:3: bogus is no key';
  const answer = { '/usr/local/sbin/milter-manager -c': { exitCode: 1, stderr: said } };
  const [finding] = await findings(sick, 'manager-configuration', answer);
  expect(finding).toMatchObject({ grade: 'error', evidence: [said] });
  expect(finding?.fix.at(-1)).toContain('--check');
});

describe('Postfix', () => {
  it('that refuses its configuration', async () => {
    const sick = await host();
    const stderr =
      'postfix: fatal: /etc/postfix/main.cf, line 7: missing \'=\' after attribute name: "nonsense"\n';
    const [finding] = await findings(sick, 'postfix-configuration', {
      'postfix check': { exitCode: 1, stderr },
    });
    expect(finding).toMatchObject({ grade: 'error' });
    expect(finding?.evidence.join()).toContain('line 7');
  });

  it('that knows no such parameter', async () => {
    const sick = await host();
    const stderr =
      'postconf: warning: /etc/postfix/main.cf: unused parameter: smtpd_milter=unix:/x\n';
    const [finding] = await findings(sick, 'postfix-configuration', {
      'postconf -n': { stderr },
    });
    expect(finding).toMatchObject({ grade: 'warning', fix: ['postconf -X smtpd_milter'] });
  });

  it('that only tells of copies in its chroot', async () => {
    const sick = await host();
    const stderr =
      'postfix/postfix-script: warning: /var/spool/postfix/etc/hosts and /etc/hosts differ\n';
    const [finding] = await findings(sick, 'postfix-configuration', {
      'postfix check': { stderr },
    });
    expect(finding?.grade).toBe('ok');
  });

  it('older than the action shutdown', async () => {
    const sick = await host();
    sick.edit(
      '/etc/postfix/main.cf',
      'milter_default_action = accept',
      'milter_default_action = shutdown',
    );
    const [old] = await findings(sick, 'milter-protocol', {
      'postconf -d': { stdout: 'tempfail\n' },
    });
    expect(old).toMatchObject({ grade: 'error' });
    const [young] = await findings(sick, 'milter-protocol', {
      'postconf -d': { stdout: 'shutdown\n' },
    });
    expect(young).toMatchObject({ grade: 'ok' });
  });
});

describe('disks', () => {
  const HEADING = 'Filesystem     1024-blocks     Used Available Capacity Mounted on\n';
  const df = (free: number) => ({
    'df -Pk': { stdout: `${HEADING}/dev/vda1 10000000 ${10_000_000 - free} ${free} 99% /var\n` },
  });

  it.each([
    [1_000, 'error'],
    [50_000, 'warning'],
    [5_000_000, 'ok'],
  ])('with %d KB left: %s', async (free, grade) => {
    const [finding] = await findings(await host(), 'disk-space', df(free));
    expect(finding?.grade).toBe(grade);
    if (grade !== 'ok') expect(finding?.title).toContain('/var');
  });

  it('without room for files, and those that have no number of them', async () => {
    const heading = 'Filesystem      Inodes  IUsed   IFree IUse% Mounted on\n';
    const inodes = (row: string) => ({ 'df -Pi': { stdout: heading + row } });
    const full = inodes('/dev/vda1 655360 655350 10 100% /\n');
    expect((await findings(await host(), 'disk-space', full))[0]?.grade).toBe('error');
    const btrfs = inodes('/dev/vda1 0 0 0 - /\n');
    expect((await findings(await host(), 'disk-space', btrfs))[0]?.grade).toBe('ok');
  });
});

it('a port that somebody else has taken', async () => {
  const sick = await host();
  sick.write('/etc/default/spamass-milter', 'SOCKET="inet:11120@127.0.0.1"\n');
  sick.write(
    '/proc/net/tcp',
    '  sl  local_address rem_address   st\n   0: 0100007F:2B70 00000000:0000 0A 00000000:00000000\n',
  );
  const [finding] = await findings(sick, 'port-clash', { [is('spamass-milter')]: STOPPED });
  expect(finding).toMatchObject({ grade: 'error' });
  expect(finding?.title).toContain('another program has the port 11120 of spamass-milter');
  expect((await findings(sick, 'port-clash'))[0]?.grade).toBe('ok');
});

it('a milter that runs without its socket', async () => {
  const sick = await host();
  const found = await findings(sick, 'socket-permission');
  expect(found.map(({ title }) => title)).toContain(
    'clamav-milter runs and has no socket unix:/var/run/clamav/clamav-milter.ctl',
  );
});

describe('a socket that was tried', () => {
  const trying = (outcome: 'answers' | 'unreachable' | 'silent' | 'no-milter') => () =>
    Promise.resolve({ outcome, output: 'Connection refused' });
  const sickness = async (outcome: Parameters<typeof trying>[0]) => {
    const sick = await host();
    for (const path of SOCKETS) await sick.listen(path, 0o600, 4100, 4100);
    const found = await findings(sick, 'socket-permission', {}, trying(outcome));
    return found.filter(({ title }) => /clamav|connection/.test(title));
  };

  it('and answers is reached, whatever the modes say: an access list may let us in', async () => {
    expect(await sickness('answers')).toEqual([]);
  });

  it('and where nobody is behind it', async () => {
    const sick = await host();
    for (const path of SOCKETS) await sick.listen(path, 0o666, 4100, 4100);
    const found = await findings(sick, 'socket-permission', {}, trying('unreachable'));
    expect(found[0]).toMatchObject({
      grade: 'error',
      title: 'milter-manager cannot connect to milter-greylist',
      evidence: ['as milter-manager: Connection refused'],
      fix: ['systemctl restart milter-greylist'],
    });
  });

  it.each(['silent', 'no-milter'] as const)('and is %s', async (outcome) => {
    const found = await sickness(outcome);
    expect(found.map(({ title }) => title).join()).toMatch(/takes a connection and/);
  });
});

describe('a milter that Postfix asks by itself', () => {
  const OURS = 'unix:/milter-manager/milter-manager.sock';
  const MAIN = '/etc/postfix/main.cf';
  const MASTER = '/etc/postfix/master.cf';
  /** Who was tried, as whom; all but the manager as told. */
  const trying = (outcome: Tried['outcome'], tried: string[] = []) => {
    return (user: string, spec: string) => {
      tried.push(`${user} ${spec}`);
      const answers = spec.includes('milter-manager');
      return Promise.resolve<Tried>({
        ...{ outcome: answers ? 'answers' : outcome, output: 'Connection refused' },
      });
    };
  };

  it.each([
    ['accept', 'mail passes unfiltered by it'],
    ['tempfail', 'all mail is deferred with 451'],
    ['reject', 'all mail is refused for good'],
  ])('and that does not answer, with milter_default_action = %s: %s', async (action, what) => {
    const sick = await host();
    sick.edit(MAIN, OURS, `${OURS}, inet:localhost:8891`);
    sick.append(MAIN, `milter_default_action = ${action}\n`);
    const [finding, ...rest] = await findings(sick, 'postfix-reaches', {}, trying('unreachable'));
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({
      grade: 'error',
      title: `Postfix gets no answer of inet:localhost:8891: ${what}`,
    });
    expect(finding?.evidence.join('\n')).toMatch(
      /main\.cf:\d+: smtpd_milters names .* \(for smtp\/inet\)\nas postfix, in .*: Connection refused/,
    );
    expect((await findings(sick, 'postfix-reaches', {}, trying('answers')))[0]?.grade).toBe('ok');
  });

  it('is tried where each service looks for it, without a manager, too', async () => {
    const sick = await host();
    sick.remove('/usr/local/sbin/milter-manager');
    sick.edit(MAIN, OURS, 'unix:/a/sock, unix:b/sock');
    sick.append(
      MASTER,
      'submission inet n - n - - smtpd\n  -o { smtpd_milters = { inet:[::1]:99, default_action=tempfail } unix:/c/sock }\n',
    );
    const tried: string[] = [];
    const found = await findings(sick, 'postfix-reaches', {}, trying('unreachable', tried));
    expect(tried.toSorted()).toEqual([
      ...['postfix inet:99@::1', 'postfix unix:/c/sock'],
      ...['postfix unix:/var/spool/postfix/a/sock', 'postfix unix:/var/spool/postfix/b/sock'],
    ]);
    expect(found.map(({ title }) => title)).toContainEqual(
      'Postfix gets no answer of { inet:[::1]:99, default_action=tempfail }: all mail is deferred with 451',
    );
  });

  it('is one where something else answers', async () => {
    const sick = await host();
    sick.edit(MAIN, OURS, `${OURS}, inet:localhost:25`);
    const [finding] = await findings(sick, 'postfix-reaches', {}, trying('no-milter'));
    expect(finding?.fix.join()).toContain('Something else answers at inet:localhost:25');
  });
});

describe('milters that were asked for', () => {
  const WANTS = '/etc/systemd/system/multi-user.target.wants';
  const wanted = ['milter-greylist', 'clamav-milter', 'spamass-milter'];
  const look = (sick: SickHost) => findings(sick, 'asked-for', {}, NOBODY_TRIES, { wanted });

  it('and are on', async () => {
    expect((await look(await host()))[0]).toMatchObject({ grade: 'ok' });
  });

  it('and wait for signatures', async () => {
    const sick = await host();
    const levels = fs.readdirSync(join(sick.root, '/etc')).filter((each) => /^rc\d\.d$/.test(each));
    for (const level of levels) {
      const links = fs.readdirSync(join(sick.root, `/etc/${level}`));
      for (const name of links.filter((each) => each.endsWith('clamav-milter')))
        sick.remove(`/etc/${level}/${name}`);
    }
    for (const name of fs.readdirSync(join(sick.root, '/var/lib/clamav')))
      sick.remove(`/var/lib/clamav/${name}`);
    const [finding] = await look(sick);
    expect(finding).toMatchObject({ grade: 'error' });
    expect(finding?.title).toMatch(/^you asked for clamav-milter, and it is off: .*signatures/);
    expect(finding?.fix[0]).toContain('freshclam');
  });

  it('and were turned off by somebody', async () => {
    const sick = await host();
    sick.remove(`${WANTS}/milter-greylist.service`);
    expect(await look(sick)).toMatchObject([
      { grade: 'warning', fix: ['milter-setup enable milter-greylist', expect.any(String)] },
    ]);
  });

  it('and whose package is gone', async () => {
    const sick = await host();
    for (const path of [
      '/usr/sbin/milter-greylist',
      '/usr/lib/systemd/system/milter-greylist.service',
    ])
      sick.remove(path);
    expect((await look(sick))[0]).toMatchObject({ grade: 'error' });
  });
});

describe('what the running manager tells', () => {
  const all = ['milter-greylist', 'clamav-milter', 'spamass-milter'];
  const look = (sick: SickHost, milters: readonly string[], started = Date.now() + 1000) =>
    findings(sick, 'manager-list', {}, NOBODY_TRIES, { told: { milters, started } });

  it('is what this host has it ask', async () => {
    expect((await look(await host(), all))[0]).toMatchObject({ grade: 'ok' });
  });

  it('is more, or less', async () => {
    const found = await look(await host(), ['milter-greylist', 'clamav-milter', 'gone']);
    expect(found.map(({ title }) => title)).toEqual([
      'the manager still asks gone, which is off: its fallback counts for each mail',
      'the manager does not ask spamass-milter yet: it was not reloaded',
    ]);
    expect(found[0]).toMatchObject({ grade: 'error', fix: ['systemctl reload milter-manager'] });
  });

  it('is of an older program', async () => {
    const [finding] = await look(await host(), all, Date.now() - 86_400_000);
    expect(finding).toMatchObject({ grade: 'warning', fix: ['systemctl restart milter-manager'] });
  });
});

it.each([
  ['/usr/sbin/clamav-milter', '0::/system.slice/clamav-milter.service', 'clamav-milter'],
  ['/usr/lib/postfix/sbin/master', '0::/system.slice/postfix.service', 'postfix'],
  ['/usr/libexec/postfix/master', '', 'postfix'],
  ['/usr/bin/bash', '0::/user.slice', undefined],
])('a program that was replaced below its process: %s', async (program, group, service) => {
  const sick = await host();
  sick.write('/proc/77/cgroup', `${group}\n`);
  fs.symlinkSync(`${program} (deleted)`, join(sick.root, '/proc/77/exe'));
  const [finding] = await findings(sick, 'old-programs');
  expect(finding?.grade).toBe(service === undefined ? 'ok' : 'error');
  if (service !== undefined) expect(finding?.fix).toEqual([`systemctl restart ${service}`]);
});

it('mail that nobody takes further', async () => {
  const sick = await host();
  const at = '/var/spool/postfix/incoming/4ABC';
  sick.write(at, 'mail');
  expect((await findings(sick, 'queue'))[0]).toMatchObject({ grade: 'ok' });
  const hourAgo = Date.now() / 1000 - 3600;
  fs.utimesSync(join(sick.root, at), hourAgo, hourAgo);
  const [finding] = await findings(sick, 'queue');
  expect(finding).toMatchObject({ grade: 'error', evidence: ['the oldest came 60 minutes ago'] });
});

it('SELinux that is off after all', async () => {
  const sick = await host({ '/etc/selinux/config': 'SELINUX=enforcing\n' });
  const answer = { getenforce: { stdout: 'Disabled\n' } };
  expect((await findings(sick, 'selinux', answer))[0]?.grade).toBe('skipped');
});

it('an ordinary user is told what was not looked at', async () => {
  const sick = await host();
  const machine = { ...running(sick), writable: false };
  const facts = await gatherDoctorFacts(
    machine,
    await gatherFacts(machine),
    {
      ...{ written: [], changed: [] },
    },
    NOBODY_TRIES,
  );
  const found = await examine(machine, facts, CHECKS);
  const skipped = found.filter(({ grade }) => grade === 'skipped');
  expect(skipped.map(({ id }) => id)).toContain('postfix-configuration');
  expect(skipped.map(({ evidence }) => evidence.join()).join()).toContain('needs root');
});

it('SELinux that a port has no label for', async () => {
  const sick = await host({
    '/etc/selinux/config': 'SELINUX=enforcing\n',
    '/etc/default/spamass-milter': 'SOCKET="inet:11120@127.0.0.1"\n',
  });
  const ports = (list: string) => ({
    [is('spamass-milter')]: STOPPED,
    'semanage port -l': { stdout: `milter_port_t                  tcp      ${list}\n` },
  });
  const title = 'SELinux keeps spamass-milter from the port 11120: it then does not start';
  const found = await findings(sick, 'selinux', ports('8890, 8891, 8893'));
  expect(found.find((each) => each.title === title)?.grade).toBe('error');
  const after = await findings(sick, 'selinux', ports('11120, 8890, 8891, 8893'));
  expect(after.find((each) => each.title === title)).toBeUndefined();
});

it('what an ordinary user may not read is skipped, and not ok', async () => {
  const sick = await host();
  const secret = '/etc/milter-greylist/greylist.conf';
  const machine = { ...running(sick), writable: false };
  const hidden: Host = {
    ...machine,
    unread: new Set([secret]),
    read: (path) => (path === secret ? undefined : machine.read(path)),
  };
  const facts = await gatherDoctorFacts(
    hidden,
    await gatherFacts(hidden),
    { written: [], changed: [], hidden: true },
    NOBODY_TRIES,
  );
  const found = await examine(hidden, facts, CHECKS);
  const reasons = (id: string) => found.filter((each) => each.id === id);
  expect(reasons('greylist-default')).toMatchObject([
    { grade: 'skipped', evidence: [`you may not read ${secret}`] },
  ]);
  expect(reasons('unfinished-run')).toMatchObject([{ grade: 'skipped' }]);
});

describe('before services are started', () => {
  it('systemd is the init system', async () => {
    const sick = await host();
    expect(await findings(sick, 'init-runs')).toMatchObject([{ grade: 'ok' }]);
    const machine = running(sick);
    sick.remove('/run/systemd/system');
    const facts = await gatherDoctorFacts(
      machine,
      await gatherFacts(machine),
      { written: [], changed: [] },
      NOBODY_TRIES,
    );
    const found = await examine(
      machine,
      facts,
      CHECKS.filter(({ id }) => id === 'init-runs'),
    );
    expect(found).toMatchObject([
      { grade: 'error', evidence: ['there is no /run/systemd/system'] },
    ]);
  });
});

describe('a package manager', () => {
  const CHECK = 'apt-get -o DPkg::Lock::Timeout=120 check';
  const AT_WORK = { '/var/lib/dpkg/updates/0001': '' };
  const HELD =
    'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4711 (unattended-upgr)';

  it('that is at work is not one that was interrupted', async () => {
    const sick = await host(AT_WORK);
    const [finding] = await findings(sick, 'package-state', {
      [CHECK]: { exitCode: 100, stderr: `${HELD}\n` },
    });
    expect(finding).toMatchObject({ grade: 'error', evidence: [HELD] });
    expect(finding?.title).toContain('another package manager is at work');
    expect(finding?.fix.join()).not.toContain('dpkg --configure');
  });

  it('that ends while it is waited for is no finding', async () => {
    const sick = await host(AT_WORK);
    const machine = running(sick);
    const waiting: Host = {
      ...machine,
      run: (argv, options) => {
        if (argv.join(' ') === CHECK) sick.remove('/var/lib/dpkg/updates/0001');
        return machine.run(argv, options);
      },
    };
    const facts = await gatherDoctorFacts(
      waiting,
      await gatherFacts(waiting),
      { written: [], changed: [] },
      NOBODY_TRIES,
    );
    const found = await examine(
      waiting,
      facts,
      CHECKS.filter(({ id }) => id === 'package-state'),
    );
    expect(found).toMatchObject([{ grade: 'ok' }]);
  });

  it('that was interrupted is', async () => {
    const sick = await host(AT_WORK);
    const said = 'E: dpkg was interrupted, you must manually run ...';
    const [finding] = await findings(sick, 'package-state', {
      [CHECK]: { exitCode: 100, stderr: said },
    });
    expect(finding?.title).toContain('dpkg was interrupted');
  });
});

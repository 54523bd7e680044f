/** The FreeBSD document: its Before and After lines in the diffs, its commands in the order of the plan. */
import { beforeAll, describe, expect, it } from 'vitest';
import { haveDocuments, installDocument } from './documents.ts';
import { expectInOrder } from './order.ts';
import { commandsOf, contentsOf, diffsOf, haveStock, setUp, stockTree, treeOf } from './tree.ts';
import type { Diff } from './tree.ts';

/**
 * The document's settings: its lines with the files that they belong into, in its order. `ours` are the lines that
 * stand in their place where the document is wrong.
 */
const SETTINGS: readonly {
  readonly line: number;
  readonly path: string;
  readonly sign: 'removed' | 'added';
  readonly theirs: readonly string[];
  readonly ours?: readonly string[];
  readonly why?: string;
}[] = [
  {
    line: 45,
    path: '/usr/local/etc/mail/spamassassin/local.cf',
    sign: 'added',
    theirs: ['remove_header ham Status', 'remove_header ham Level'],
  },
  { line: 50, path: '/etc/rc.conf', sign: 'added', theirs: ['spamd_enable=YES'] },
  {
    line: 54,
    path: '/etc/rc.conf',
    sign: 'added',
    theirs: ['spamd_flags="-c --max-children=30 "'],
    ours: ['spamd_flags="-c -u spamd -H /var/spool/spamd --max-children=30"'],
    why: "the document's flags drop the port's own, and spamd runs as root",
  },
  {
    line: 72,
    path: '/etc/rc.conf',
    sign: 'added',
    theirs: [
      'spamass_milter_enable="YES"',
      'spamass_milter_user="spamd"',
      'spamass_milter_group="spamd"',
      'spamass_milter_socket="/var/run/spamass-milter/spamass-milter.sock"',
      'spamass_milter_socket_owner="spamd"',
      'spamass_milter_socket_group="mail"',
      'spamass_milter_socket_mode="660"',
      'spamass_milter_localflags="-u spamd -- -u spamd"',
    ],
    ours: [
      'spamass_milter_enable="YES"',
      'spamass_milter_user="spamd"',
      'spamass_milter_group="spamd"',
      'spamass_milter_socket="/var/run/spamass-milter/spamass-milter.sock"',
      'spamass_milter_socket_owner="spamd"',
      'spamass_milter_socket_group="mail"',
      'spamass_milter_socket_mode="660"',
      'spamass_milter_localflags="-u spamd -m -r 15 -- -u spamd"',
    ],
    why: "the document's flags never reject; the CentOS document's do",
  },
  {
    line: 91,
    path: '/etc/rc.conf',
    sign: 'added',
    theirs: ['clamav_clamd_enable="YES"', 'clamav_freshclam_enable="YES"'],
  },
  {
    line: 107,
    path: '/etc/rc.conf',
    sign: 'added',
    theirs: [
      'clamav_milter_enable="YES"',
      'clamav_milter_socket_mode="660"',
      'clamav_milter_socket_group="mail"',
    ],
  },
  {
    line: 117,
    path: '/usr/local/etc/clamav-milter.conf',
    sign: 'removed',
    theirs: [
      '#OnInfected Quarantine',
      '#AddHeader Replace',
      '#LogSyslog yes',
      '#LogFacility LOG_MAIL',
      '#LogInfected Basic',
    ],
  },
  {
    line: 125,
    path: '/usr/local/etc/clamav-milter.conf',
    sign: 'added',
    theirs: [
      'OnInfected Reject',
      'AddHeader Replace',
      'LogSyslog yes',
      'LogFacility LOG_MAIL',
      'LogInfected Full',
    ],
  },
  {
    line: 174,
    path: '/usr/local/etc/mail/greylist.conf',
    sign: 'removed',
    theirs: [
      'socket "/var/milter-greylist/milter-greylist.sock"',
      'user "mailnull:mailnull"',
      'racl whitelist default',
    ],
  },
  {
    line: 180,
    path: '/usr/local/etc/mail/greylist.conf',
    sign: 'added',
    theirs: [
      'socket "/var/milter-greylist/milter-greylist.sock" 660',
      'user "mailnull:mail"',
      'subnetmatch /24',
      'greylist 10m',
      'autowhite 1w',
      'racl greylist default',
    ],
  },
  {
    line: 189,
    path: '/etc/rc.conf',
    sign: 'added',
    theirs: ['miltergreylist_enable="YES"', 'miltergreylist_runas="mailnull:mail"'],
  },
  { line: 245, path: '/etc/rc.conf', sign: 'added', theirs: ['miltermanager_enable="YES"'] },
  {
    line: 288,
    path: '/usr/local/etc/postfix/main.cf',
    sign: 'added',
    theirs: [
      'milter_protocol = 6',
      'milter_default_action = accept',
      'milter_mail_macros = {auth_author} {auth_type} {auth_authen}',
    ],
    ours: [
      'milter_protocol = 6',
      'milter_default_action = accept',
      'milter_mail_macros = i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}',
    ],
    why: "the document's list replaces Postfix's own and so loses i, {mail_addr}, {mail_host}, {mail_mailer}",
  },
  {
    line: 308,
    path: '/usr/local/etc/postfix/main.cf',
    sign: 'added',
    theirs: ['smtpd_milters = unix:/var/run/milter-manager/milter-manager.sock'],
  },
];

/** Every command of the document by its line: ours, or in words what stands in its place. */
const COMMANDS: readonly (readonly [line: number, theirs: string, ours: string])[] = [
  [19, 'pkg install --yes postfix', 'in one command, so that pkg resolves everything at once'],
  [23, 'pkg install --yes spamass-milter milter-greylist clamav-milter', 'the same command'],
  [27, 'pkg install --yes milter-manager', 'the manager is ours: a file of the plan'],
  [60, 'sa-update', 'sa-update'],
  [61, '/usr/sbin/service sa-spamd start', '/usr/sbin/service sa-spamd start'],
  [67, 'mkdir /var/run/spamass-milter/', 'a directory of the plan'],
  [68, '/usr/sbin/chown spamd:spamd /var/run/spamass-milter', 'with its owner'],
  [83, '/usr/sbin/service spamass-milter start', '/usr/sbin/service spamass-milter start'],
  [96, '/usr/local/bin/freshclam', '/usr/local/bin/freshclam'],
  [100, '/usr/sbin/service clamav-clamd start', '/usr/sbin/service clamav-clamd start'],
  [101, '/usr/sbin/service clamav-freshclam start', '/usr/sbin/service clamav-freshclam start'],
  [147, '/usr/sbin/service clamav-milter start', '/usr/sbin/service clamav-milter start'],
  [194, '/usr/sbin/service milter-greylist start', '/usr/sbin/service milter-greylist start'],
  [200, '/usr/sbin/pw groupadd milter-manager', '/usr/sbin/pw groupadd milter-manager'],
  [
    201,
    '/usr/sbin/pw useradd milter-manager -g milter-manager -G mail -m',
    '/usr/sbin/pw useradd milter-manager -g milter-manager -G mail -m',
  ],
  [205, '/usr/local/sbin/milter-manager -u milter-manager --show-config', 'the proofs ask more'],
  [238, 'mkdir -p /var/run/milter-manager', 'a directory of the plan'],
  [
    239,
    '/usr/sbin/chown -R milter-manager:milter-manager /var/run/milter-manager',
    'with its owner, in the group mail that Postfix is in',
  ],
  [249, '/usr/sbin/service milter-manager start', '/usr/sbin/service milter-manager start'],
  [
    253,
    '-u mailnull milter-test-server -s unix:/var/run/milter-manager/milter-manager.sock',
    'the proofs, as Postfix, whose rights count',
  ],
  [272, '/usr/sbin/service milter-manager restart', 'only to look for a problem'],
  [282, '/usr/sbin/pw groupmod mail -m postfix', '/usr/sbin/pw groupmod mail -m postfix'],
  [312, '/usr/sbin/service postfix reload', '/usr/sbin/service postfix reload'],
  [326, '/usr/sbin/service XXX stop', 'milter-setup disable'],
  [
    327,
    'vim /etc/rc.conf # XXX_enabled="YES" => XXX_enabled="NO"',
    'milter-setup disable, and the variable is XXX_enable',
  ],
  [331, '/usr/sbin/service milter-manager reload', 'milter-setup disable'],
];

const PACKAGES =
  'ASSUME_ALWAYS_YES=yes pkg install --yes postfix spamass-milter clamav-milter milter-greylist';

describe.skipIf(!haveDocuments)('the tables of this test (skipped without the documents)', () => {
  it('hold what the document says', () => {
    const document = installDocument('freebsd');
    for (const { line, theirs } of SETTINGS) expect(document.block(line)).toEqual(theirs);
    expect(COMMANDS.map(([line, theirs]) => [line, theirs])).toEqual(
      document.commands().map(([line, command]) => [line, command]),
    );
  });
});

const TREES: readonly (readonly [string, boolean, () => string])[] = [
  ['small files of our own', true, () => treeOf('freebsd-10')],
  ['the stock files (skipped where absent)', haveStock, () => stockTree('freebsd-10')],
];

describe.each(TREES.filter(([, have]) => have))('a FreeBSD 10 tree of %s', (_, __, make) => {
  let root: string;
  let before: Readonly<Record<string, string>>;
  let diffs: ReadonlyMap<string, Diff>;
  let commands: readonly string[];
  let code: number;

  beforeAll(async () => {
    root = make();
    before = contentsOf(root);
    const ended = await setUp(root, '--dry-run', '--yes');
    ({ code } = ended);
    diffs = diffsOf(ended.text);
    commands = commandsOf(ended.text);
  });

  it.each(SETTINGS)("shows the document's line $line in $path, $sign", (setting) => {
    const { path, sign, theirs, ours = theirs } = setting;
    expect(diffs.get(path)?.[sign]).toEqual(expect.arrayContaining([...ours]));
  });

  it('replaces the default rule of greylist.conf, behind which nothing counts', () => {
    const { text } = diffs.get('/usr/local/etc/mail/greylist.conf')!;
    const racls = text.split('\n').filter((line) => /^[ +]racl .*default/.test(line));
    expect(racls).toEqual(['+racl greylist default']);
  });

  it("says the document's note about greylisting where the settings are", () => {
    const { added } = diffs.get('/usr/local/etc/mail/greylist.conf')!;
    expect(added.filter((line) => line.startsWith('#')).join(' ')).toMatch(
      /relaxes greylisting on purpose: a false positive costs a real mail/,
    );
  });

  it("has the document's commands in its order", () => {
    expect(commands[0]).toBe(PACKAGES);
    const own = COMMANDS.map(([, , ours]) => ours).filter((ours) => commands.includes(ours));
    const accounts = own.filter((command) => command.startsWith('/usr/sbin/pw'));
    expectInOrder(commands, [PACKAGES, ...accounts]);
    expectInOrder(
      commands,
      own.filter((command) => !accounts.includes(command)),
    );
    const spoken = COMMANDS.filter(([, theirs, ours]) => theirs === ours).map(([, , ours]) => ours);
    expect(spoken.filter((command) => !commands.includes(command))).toEqual([]);
  });

  it('makes the directories of the document, with their owners', () => {
    expectInOrder(commands, [
      'install -d -m 0755 -o spamd -g spamd /var/run/spamass-milter',
      'install -d -m 0755 -o milter-manager -g mail /var/run/milter-manager',
    ]);
  });

  it('has sendmail make room, which the document forgets', () => {
    expectInOrder(commands, [
      '/usr/sbin/service sendmail stop',
      '/usr/sbin/service postfix start',
      '/usr/sbin/service postfix reload',
    ]);
    expect(diffs.get('/etc/rc.conf')!.added).toEqual(
      expect.arrayContaining(['postfix_enable="YES"', 'sendmail_enable="NONE"']),
    );
    expect(diffs.get('/etc/mail/mailer.conf')!.added).toEqual([
      'sendmail\t/usr/local/sbin/sendmail',
      'send-mail\t/usr/local/sbin/sendmail',
      'mailq\t\t/usr/local/sbin/sendmail',
      'newaliases\t/usr/local/sbin/sendmail',
    ]);
    expect(diffs.get('/etc/periodic.conf')!.added).toContain('daily_submit_queuerun="NO"');
  });

  it('proves before Postfix is told', () => {
    const proof = commands.findIndex((command) => command.includes('milter-test-server -u postfix'));
    expect(proof).toBeGreaterThan(commands.indexOf('/usr/sbin/service milter-manager start'));
    expect(proof).toBeLessThan(commands.indexOf('/usr/sbin/service postfix reload'));
  });

  it('changes nothing, and says that there is something to do', () => {
    expect(contentsOf(root)).toEqual(before);
    expect(code).toBe(3);
  });
});

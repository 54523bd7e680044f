/** The CentOS 6 document: its Before and After lines in the diffs, its commands in the order of the plan. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { haveDocuments, installDocument } from './documents.ts';
import { expectInOrder } from './order.ts';
import { commandsOf, contentsOf, diffsOf, haveStock, setUp, stockTree, treeOf } from './tree.ts';
import type { Diff } from './tree.ts';

/** As in the test of FreeBSD; `stock` is how the platform's own file has a line that the document quotes wrongly. */
const SETTINGS: readonly {
  readonly line: number;
  readonly path: string;
  readonly sign: 'removed' | 'added';
  readonly theirs: readonly string[];
  readonly ours?: readonly string[];
  readonly stock?: readonly string[];
  readonly why?: string;
}[] = [
  {
    line: 72,
    path: '/etc/mail/spamassassin/local.cf',
    sign: 'removed',
    theirs: ['rewrite_header Subject [SPAM]'],
  },
  {
    line: 76,
    path: '/etc/mail/spamassassin/local.cf',
    sign: 'added',
    theirs: ['# rewrite_header Subject [SPAM]'],
  },
  {
    line: 80,
    path: '/etc/mail/spamassassin/local.cf',
    sign: 'added',
    theirs: ['remove_header ham Status', 'remove_header ham Level'],
    why: 'the /etc/spamassassin/local.cf of line 78 does not exist there; line 68 names the file that does',
  },
  {
    line: 101,
    path: '/etc/sysconfig/spamass-milter',
    sign: 'removed',
    theirs: ['#SOCKET=/var/run/spamass.sock', '#EXTRA_FLAGS="-m -r 15"'],
    stock: [],
    why: 'the package of EPEL has another path behind #SOCKET=; the stock files lack this one',
  },
  {
    line: 106,
    path: '/etc/sysconfig/spamass-milter',
    sign: 'added',
    theirs: ['SOCKET="inet:11120@[127.0.0.1]"', 'EXTRA_FLAGS="-m -r 15"'],
  },
  {
    line: 128,
    path: '/etc/clamav-milter.conf',
    sign: 'removed',
    theirs: ['#MilterSocketMode 0660'],
    stock: ['#MilterSocketMode 660'],
    why: 'the stock text is 660; the value is octal in both',
  },
  {
    line: 132,
    path: '/etc/clamav-milter.conf',
    sign: 'added',
    theirs: ['MilterSocketMode 0660'],
  },
  {
    line: 159,
    path: '/etc/mail/greylist.conf',
    sign: 'removed',
    theirs: [
      'socket "/var/run/milter-greylist/milter-greylist.sock"',
      '# ...',
      'racl whitelist default',
    ],
    ours: ['socket "/var/run/milter-greylist/milter-greylist.sock"', 'racl whitelist default'],
    stock: [],
    why: 'the stock files lack this one',
  },
  {
    line: 165,
    path: '/etc/mail/greylist.conf',
    sign: 'added',
    theirs: [
      'socket "/var/run/milter-greylist/milter-greylist.sock" 660',
      '# ...',
      'subnetmatch /24',
      'greylist 10m',
      'autowhite 1w',
      'racl greylist default',
    ],
    ours: [
      'socket "/var/run/milter-greylist/milter-greylist.sock" 660',
      'subnetmatch /24',
      'greylist 10m',
      'autowhite 1w',
      'racl greylist default',
    ],
  },
  {
    line: 271,
    path: '/etc/postfix/main.cf',
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
    line: 291,
    path: '/etc/postfix/main.cf',
    sign: 'added',
    theirs: ['smtpd_milters = unix:/var/run/milter-manager/milter-manager.sock'],
  },
];

const EPEL = 'yum install -y epel-release';
const EPEL_URL = 'http://ftp.jaist.ac.jp/pub/Linux/Fedora/epel/6';
const MILTERS =
  'yum install -y postfix spamassassin spamass-milter clamav clamd clamav-milter milter-greylist';
const LABEL = 'semanage port -a -t milter_port_t -p tcp 11120';
const NOT_IN_THE_PLAN = 'not in the plan';

/** Every command of the document by its line: ours, or what stands in its place. */
const COMMANDS: readonly (readonly [line: number, theirs: string, ours: string])[] = [
  [23, `yum install -y ${EPEL_URL}/i386/epel-release-6-8.noarch.rpm`, EPEL],
  [27, `yum install -y ${EPEL_URL}/x86_64/epel-release-6-8.noarch.rpm`, EPEL],
  [31, 'yum install -y spamass-milter clamav-milter milter-greylist', MILTERS],
  // Graphs: optional; the manager has metrics.
  [35, 'yum install -y rrdtool', NOT_IN_THE_PLAN],
  // The manager is ours: files of the plan.
  [
    43,
    'curl -s https://packagecloud.io/install/repositories/milter-manager/repos/script.rpm.sh | sudo bash',
    NOT_IN_THE_PLAN,
  ],
  [49, 'yum install -y milter-manager', NOT_IN_THE_PLAN],
  [61, 'semodule -d postfix', LABEL],
  [62, 'semodule -d milter', LABEL],
  [85, '/sbin/chkconfig spamassassin on', '/sbin/chkconfig spamassassin on'],
  [89, 'run_init /sbin/service spamassassin start', '/sbin/service spamassassin start'],
  [111, '/sbin/chkconfig spamass-milter on', '/sbin/chkconfig spamass-milter on'],
  [115, 'run_init /sbin/service spamass-milter start', '/sbin/service spamass-milter start'],
  [121, 'freshclam', 'freshclam'],
  [122, 'run_init /sbin/service clamd start', '/sbin/service clamd start'],
  [136, 'run_init /sbin/service clamav-milter start', '/sbin/service clamav-milter start'],
  // A directory of the plan, for two groups instead of for everybody.
  [174, 'chmod +rx /var/run/milter-greylist/', NOT_IN_THE_PLAN],
  [178, '/sbin/chkconfig milter-greylist on', '/sbin/chkconfig milter-greylist on'],
  [182, 'run_init /sbin/service milter-greylist start', '/sbin/service milter-greylist start'],
  [188, 'usermod -G clam -a milter-manager', 'usermod -a -G clam milter-manager'],
  [192, 'usermod -G grmilter -a milter-manager', 'usermod -a -G grmilter milter-manager'],
  // The proofs ask more.
  [196, '/usr/sbin/milter-manager -u milter-manager --show-config', NOT_IN_THE_PLAN],
  [229, '/sbin/service milter-manager restart', '/sbin/service milter-manager start'],
  // The proofs, as Postfix, whose rights count.
  [
    233,
    '-u milter-manager milter-test-server -s unix:/var/run/milter-manager/milter-manager.sock',
    NOT_IN_THE_PLAN,
  ],
  // Only to look for a problem.
  [252, 'run_init /sbin/service milter-manager restart', NOT_IN_THE_PLAN],
  [262, 'usermod -G milter-manager -a postfix', 'usermod -a -G milter-manager postfix'],
  // --add registers a script and, by its header, starts Postfix in no runlevel.
  [266, '/sbin/chkconfig --add postfix', '/sbin/chkconfig postfix on'],
  [267, 'run_init /sbin/service postfix start', '/sbin/service postfix start'],
  [295, '/etc/init.d/postfix reload', '/sbin/service postfix reload'],
  // milter-setup disable: switches.test.ts.
  [307, '/sbin/service milter-greylist stop', NOT_IN_THE_PLAN],
  [308, '/sbin/chkconfig --del milter-greylist', NOT_IN_THE_PLAN],
  [312, '/sbin/service milter-manager reload', NOT_IN_THE_PLAN],
];

describe.skipIf(!haveDocuments)('the tables of this test (skipped without the documents)', () => {
  it('hold what the document says', () => {
    const document = installDocument('centos6');
    for (const { line, theirs } of SETTINGS) expect(document.block(line)).toEqual(theirs);
    expect(COMMANDS.map(([line, theirs]) => [line, theirs])).toEqual(document.commands());
  });
});

const RELEASE = { 'etc/centos-release': 'CentOS release 6.4 (Final)\n' };
const TREES: readonly (readonly [name: string, have: boolean, isStock: boolean, () => string])[] = [
  ['small files of our own', true, false, () => treeOf('centos-6')],
  [
    'the stock files (skipped where absent)',
    haveStock,
    true,
    () => stockTree('centos-6', RELEASE),
  ],
];

describe.each(TREES.filter(([, have]) => have))(
  'a CentOS 6 tree of %s',
  (_, __, isStock, make) => {
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
      const { path, sign, theirs, ours = theirs, stock = ours } = setting;
      const wanted = isStock ? stock : ours;
      expect(diffs.get(path)?.[sign]).toEqual(expect.arrayContaining([...wanted]));
    });

    it('replaces the default rule of greylist.conf, behind which nothing counts', () => {
      const { text } = diffs.get('/etc/mail/greylist.conf')!;
      const racls = text.split('\n').filter((line) => /^[ +]racl .*default/.test(line));
      expect(racls).toEqual(['+racl greylist default']);
    });

    it('rejects viruses, too, and gives spamd a third of the connections', () => {
      expect(diffs.get('/etc/clamav-milter.conf')!.added).toContain('OnInfected Reject');
      expect(diffs.get('/etc/sysconfig/spamassassin')!.added).toContain(
        'SPAMDOPTIONS="-d -c -m30 -H"',
      );
    });

    it("has the document's commands in its order", () => {
      // SELinux is off here, so that its label is not needed; it is seen below.
      const own = COMMANDS.map(([, , ours]) => ours).filter(
        (ours) => ours !== NOT_IN_THE_PLAN && ours !== LABEL,
      );
      expect(own.filter((command) => !commands.includes(command))).toEqual([]);
      const family = (start: RegExp) => [...new Set(own.filter((command) => start.test(command)))];
      expect(commands.slice(0, 2)).toEqual([EPEL, MILTERS]);
      expectInOrder(commands, family(/^usermod/));
      expectInOrder(commands, family(/^(?:\/sbin|freshclam)/));
    });

    it('enables what the document only starts', () => {
      expectInOrder(commands, [
        'freshclam',
        '/sbin/chkconfig clamd on',
        '/sbin/service clamd start',
        '/sbin/chkconfig clamav-milter on',
        '/sbin/service clamav-milter start',
        '/sbin/chkconfig milter-manager on',
      ]);
      expect(commands).toContain('/sbin/chkconfig --add milter-manager');
    });

    it('opens the greylist directory to two groups, not to everybody', () => {
      expect(commands).toContain('install -d -m 0710 -o grmilter -g mail /var/run/milter-greylist');
      expectInOrder(commands, [
        'usermod -a -G grmilter milter-manager',
        'usermod -a -G mail milter-manager',
      ]);
    });

    it('never disables a module of SELinux, and needs no label where it is off', () => {
      expect(commands.filter((command) => /semodule|semanage/.test(command))).toEqual([]);
    });

    it('changes nothing, and says that there is something to do', () => {
      expect(contentsOf(root)).toEqual(before);
      expect(code).toBe(3);
    });
  },
);

describe('a CentOS 6 tree with SELinux', () => {
  it('gives the manager a port, because Postfix may not connect to its socket', async () => {
    const root = treeOf('centos-6');
    mkdirSync(join(root, 'etc/selinux'));
    writeFileSync(join(root, 'etc/selinux/config'), 'SELINUX=enforcing\n');
    const { text } = await setUp(root, '--dry-run', '--yes');
    expect(diffsOf(text).get('/etc/postfix/main.cf')!.added).toContain(
      'smtpd_milters = inet:127.0.0.1:11119',
    );
    expect(diffsOf(text).get('/etc/milter-manager/milter-manager.ini')!.added).toContain(
      'connection_spec = inet:11119@127.0.0.1',
    );
    const commands = commandsOf(text);
    expect(commands[1]).toContain('policycoreutils-python');
    expectInOrder(commands, [LABEL, '/sbin/service spamass-milter start']);
    expect(commands.filter((command) => command.includes('semodule'))).toEqual([]);
    expect(commands).not.toContain('usermod -a -G milter-manager postfix');
  });
});

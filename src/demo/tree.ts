/** The files of a small mail host, as its packages leave them, for the demo to set up. */

interface DemoFile {
  readonly path: string;
  readonly text: string;
  readonly mode?: number;
}

const PROGRAMS = [
  '/usr/sbin/postfix',
  '/usr/sbin/milter-greylist',
  '/usr/sbin/clamd',
  '/usr/bin/freshclam',
  '/usr/sbin/clamav-milter',
  '/usr/bin/spamassassin',
  '/usr/bin/spamc',
  '/usr/sbin/spamd',
  '/usr/sbin/spamass-milter',
];

const unit = (program: string): string =>
  `[Unit]\nDescription=${program}\n\n[Service]\nExecStart=/usr/sbin/${program}\n\n[Install]\nWantedBy=multi-user.target\n`;

const initScript = (program: string): string =>
  `#!/bin/sh\n### BEGIN INIT INFO\n# Provides: ${program}\n# Default-Start: 2 3 4 5\n### END INIT INFO\nDAEMON=/usr/sbin/${program}\n`;

export const DEMO_FILES: readonly DemoFile[] = [
  ...PROGRAMS.map((path) => ({ path, text: '', mode: 0o755 })),
  {
    path: '/etc/os-release',
    text: 'PRETTY_NAME="Debian GNU/Linux 13 (trixie), a demo tree"\nID=debian\nVERSION_ID="13"\n',
  },
  {
    path: '/etc/passwd',
    text: 'root:x:0:0:root:/root:/bin/sh\ngreylist:x:101:102::/:\nclamav:x:103:104::/:\npostfix:x:104:105::/:\n',
  },
  { path: '/etc/group', text: 'root:x:0:\ngreylist:x:102:\nclamav:x:104:\npostfix:x:105:\n' },
  {
    path: '/etc/postfix/main.cf',
    text:
      '# The mail host of the demo.\ncompatibility_level = 3.9\nmyhostname = mail.example.com\n' +
      'inet_interfaces = all\n\n# Sockets below are read inside the chroot.\nqueue_directory = /var/spool/postfix\n',
  },
  {
    path: '/etc/postfix/master.cf',
    text:
      'smtp      inet  n       -       y       -       -       smtpd\n' +
      'cleanup   unix  n       -       y       -       0       cleanup\n',
  },
  {
    path: '/etc/milter-greylist/greylist.conf',
    text:
      'pidfile "/var/run/milter-greylist.pid"\nsocket "/var/run/milter-greylist/milter-greylist.sock"\n' +
      'user "greylist"\n\n# Everybody is welcome until somebody decides otherwise.\nracl whitelist default\n',
  },
  {
    path: '/etc/clamav/clamav-milter.conf',
    text:
      'MilterSocket /var/run/clamav/clamav-milter.ctl\nUser clamav\nClamdSocket unix:/var/run/clamav/clamd.ctl\n' +
      'OnInfected Quarantine\nAddHeader Replace\nLogSyslog false\nLogFacility LOG_LOCAL6\nLogInfected Off\n' +
      'MilterSocketGroup clamav\nMilterSocketMode 666\n',
  },
  {
    path: '/etc/spamassassin/local.cf',
    text: '# Add *****SPAM***** to the Subject header of spam\n# rewrite_header Subject *****SPAM*****\n',
  },
  {
    path: '/etc/default/spamd',
    text: 'OPTIONS="--create-prefs --max-children 5 --helper-home-dir"\nPIDFILE="/run/spamd.pid"\n',
  },
  {
    path: '/etc/default/spamass-milter',
    text: 'OPTIONS="-u spamass-milter -i 127.0.0.1"\n\n# Reject emails with spamassassin scores > 15.\n#OPTIONS="${OPTIONS} -r 15"\n',
  },
  { path: '/var/lib/clamav/main.cvd', text: 'ClamAV-VDB: a demo\n' },
  {
    path: '/usr/lib/systemd/system/milter-greylist.service',
    text: unit('milter-greylist'),
  },
  { path: '/etc/init.d/clamav-milter', text: initScript('clamav-milter'), mode: 0o755 },
  {
    path: '/etc/init.d/spamass-milter',
    text: `${initScript('spamass-milter')}SOCKET=/var/run/spamass/spamass.sock
DEFAULT=/etc/default/spamass-milter
if [ -x /usr/sbin/postfix ]; then
  SOCKET="/var/spool/postfix/spamass/spamass.sock"
fi
. $DEFAULT
`,
    mode: 0o755,
  },
];

/** Links that enable the milters at boot, by what they point to. */
export const DEMO_LINKS: Readonly<Record<string, string>> = {
  '/etc/systemd/system/multi-user.target.wants/milter-greylist.service':
    '/usr/lib/systemd/system/milter-greylist.service',
  '/etc/rc2.d/S01clamav-milter': '../init.d/clamav-milter',
  '/etc/rc3.d/S01clamav-milter': '../init.d/clamav-milter',
  '/etc/rc2.d/S01spamass-milter': '../init.d/spamass-milter',
  '/etc/rc3.d/S01spamass-milter': '../init.d/spamass-milter',
};

/** Directories that the packages make for sockets. */
export const DEMO_DIRECTORIES: readonly string[] = [
  '/etc/systemd/system',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/var/lib',
  '/var/run/clamav',
  '/var/run/milter-greylist',
  '/var/spool/postfix/spamass',
];

/** The demo milters in the place of real ones: the program, where the tree's files have it listen, and its options. */
export const demoChildren = (
  delay: number,
): readonly (readonly [program: string, socket: string, ...options: string[]])[] => [
  ['demo-greylister', '/var/run/milter-greylist/milter-greylist.sock', '--delay', String(delay)],
  ['demo-virus-finder', '/var/run/clamav/clamav-milter.ctl'],
  ['demo-spam-scorer', '/var/spool/postfix/spamass/spamass.sock'],
];

/** rspamd: spam filtering with scores, greylisting and statistics of its own, instead of two milters. */
import { type KnownMilter, RECEIVING } from './known-milter.ts';
import { majorVersion, type SetUpMilter, type MilterSetup, type SettingsFile } from './milter.ts';

export const rspamd: KnownMilter = {
  name: 'rspamd',
  services: { usual: ['rspamd'] },
  sockets: {
    freebsd: [{ from: 'rspamd', directory: '/usr/local/etc/rspamd' }],
    usual: [{ from: 'rspamd', directory: '/etc/rspamd' }],
  },
  conditions: RECEIVING,
  usually: { ports: [11332], socket: /\brspamd\b/ },
  // Code of its own. Tried with 3.12: spam and ham, an abort in the middle, a second mail behind; not an early final answer.
  // Whether it goes on answering after one is found out where it gives one (`Habit` in ../manager/child/command-queue.ts).
  pipelines: true,
  // It signs where somebody gave it keys: a file of ours it never is.
  signs: {
    syntax: 'ucl',
    paths: [
      '/etc/rspamd/local.d/dkim_signing.conf',
      '/usr/local/etc/rspamd/local.d/dkim_signing.conf',
    ],
  },
  marks: 'signed headers',
  refuses: { gtube: 'The GTUBE test text, which rspamd rejects whatever else it finds.' },
  bindsAnyPort: true,
};

const ELSEWHERE = {
  unavailable:
    'neither the system nor EPEL has it; its makers have a repository of their own (rspamd.com)',
};

export const rspamdSetup: SetUpMilter = {
  short: 'rspamd',
  title: 'rspamd',
  summary: 'spam scoring and greylisting in one, instead of spamass-milter and milter-greylist',
  conflicts: [
    { milter: 'spamass-milter', why: 'both score every mail, with rules of their own' },
    {
      milter: 'milter-greylist',
      why: 'both greylist: a sender would have to come back for each of them',
    },
    { milter: 'amavisd-milter', why: 'both score every mail, with rules of their own' },
  ],
  setup: {
    debian: onDebian,
    freebsd: (release) =>
      majorVersion(release) < 13
        ? { unavailable: 'its port of that time is configured in another way' }
        : onFreebsd(),
    centos6: ELSEWHERE,
    redhat: ELSEWHERE,
  },
};

const SETUP = {
  directories: [],
  groups: [],
  preparations: [],
  expect: 'pass',
  // Before its first start has compiled its patterns it does not listen: 18 s of CPU with 2.7 of Ubuntu 22.04.
  patience: 180,
  connectionSpec: 'inet:11332@[127.0.0.1]',
} as const;

/**
 * Drop-ins of local.d, which the package's own files include and never bring. Somebody may have written some before us
 * (a password of Redis, scores): what they set stays, but for what the manager cannot do without.
 */
function dropIns(directory: string, templates: string): readonly SettingsFile[] {
  const dropIn = (name: string, why: string, insists: readonly string[] = []): SettingsFile => ({
    path: `${directory}/local.d/${name}`,
    format: 'ucl',
    template: `${templates}/local.d/${name}`,
    why,
    insists,
  });
  const last = dropIn('milter_headers.conf', 'Say the score in the header of mail that is taken.');
  return [
    dropIn(
      'worker-proxy.inc',
      'Speak the milter protocol to the manager, and scan in that worker.',
      ['bind_socket', 'milter', 'self_scan'],
    ),
    dropIn('worker-normal.inc', 'The proxy scans by itself: no other scanner is needed.', [
      'enabled',
    ]),
    dropIn('actions.conf', 'From which scores mail is greylisted, marked and rejected.'),
    dropIn('redis.conf', 'Where greylisting and statistics keep what they know.'),
    { ...last, check: { argv: ['rspamadm', 'configtest'], timeout: 60 } },
  ];
}

function onDebian(): MilterSetup {
  return {
    ...SETUP,
    packages: [
      { name: 'redis-server', marker: '/usr/bin/redis-server', shared: true },
      { name: 'rspamd', marker: '/usr/bin/rspamd' },
    ],
    files: dropIns('/etc/rspamd', 'debian/etc/rspamd'),
    services: [
      { name: 'redis-server', why: 'The memory of rspamd: greylisting does nothing without it.' },
      { name: 'rspamd', why: 'The spam milter.' },
    ],
  };
}

function onFreebsd(): MilterSetup {
  return {
    ...SETUP,
    packages: [
      { name: 'redis', marker: '/usr/local/etc/rc.d/redis', shared: true },
      { name: 'rspamd', marker: '/usr/local/etc/rc.d/rspamd' },
    ],
    runDirectories: [{ path: '/var/run/rspamd', user: 'rspamd', neededBy: ['rspamd'] }],
    files: [
      ...dropIns('/usr/local/etc/rspamd', 'freebsd/usr/local/etc/rspamd'),
      {
        path: '/etc/rc.conf',
        format: 'shell',
        template: 'freebsd/etc/rc.conf/rspamd',
        why: 'Start rspamd and its memory at boot.',
      },
    ],
    services: [
      { name: 'redis', why: 'The memory of rspamd: greylisting does nothing without it.' },
      { name: 'rspamd', why: 'The spam milter.' },
    ],
  };
}

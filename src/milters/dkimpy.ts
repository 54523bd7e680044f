/** dkimpy-milter: signs and verifies like OpenDKIM, in Python. */
import { keyRecord, makeKey } from './dkim-key.ts';
import { builtIn, config, type SocketRule } from '../detect/socket-rules.ts';
import { type KnownMilter } from './known-milter.ts';
import { majorVersion, type SetUpMilter, type MilterSetup, type Package } from './milter.ts';

const conf = (path: string): readonly SocketRule[] => [
  config('key-value', 'Socket', [''], [path]),
  builtIn('unix:/var/run/dkimpy-milter/dkimpy-milter.sock'),
];

export const dkimpy: KnownMilter = {
  name: 'dkimpy-milter',
  services: { usual: ['dkimpy-milter'] },
  sockets: {
    usual: conf('/etc/dkimpy-milter/dkimpy-milter.conf'),
    freebsd: conf('/usr/local/etc/dkimpy-milter/dkimpy-milter.conf'),
  },
  conditions: [],
  usually: { ports: [8892], socket: /\bdkimpy/ },
  finds: ['dkim'],
  signs: {
    syntax: 'opendkim',
    paths: [
      '/etc/dkimpy-milter/dkimpy-milter.conf',
      '/usr/local/etc/dkimpy-milter/dkimpy-milter.conf',
    ],
  },
  passesCleanMail: true,
};

const NOWHERE = { unavailable: 'neither the system nor EPEL has it; opendkim does the same' };

export const dkimpySetup: SetUpMilter = {
  short: 'dkimpy',
  title: 'dkimpy-milter',
  summary: 'DKIM like opendkim, in Python: take one of the two',
  asks: ['dkim-domain', 'dkim-selector'],
  conflicts: [{ milter: 'opendkim', why: 'both sign and verify every mail' }],
  setup: {
    debian: onDebian,
    freebsd: (release) =>
      majorVersion(release) < 13
        ? { unavailable: 'its port is younger than this release; opendkim does the same' }
        : onFreebsd(),
    centos6: NOWHERE,
    redhat: NOWHERE,
  },
};

interface Place {
  readonly conf: string;
  /** Below the templates directory. */
  readonly template: string;
  readonly keys: string;
  /** Whether the directory of the keys is ours to make: no package brings it. */
  readonly makesKeys?: true;
  readonly run: string;
  readonly packages: readonly Package[];
}

/** The filter is the last of `packages`. */
function setUp({ conf, template, keys, makesKeys, run, packages }: Place): MilterSetup {
  return {
    packages,
    files: [
      {
        path: conf,
        format: 'key-value',
        template,
        why: 'Sign mail from our own hosts and users, verify all other mail.',
        comesWith: packages.at(-1)!.name,
      },
    ],
    directories: [],
    groups: ['dkimpy-milter'],
    preparations: [
      makeKey({
        ...{ keys, makesKeys },
        why: 'Its public half goes into the DNS, as is shown at the end. The filter reads the key before it gives up its rights.',
        namedBy: [conf, '/etc/opendkim.conf', '/usr/local/etc/mail/opendkim.conf'],
      }),
    ],
    services: [{ name: 'dkimpy-milter', why: 'The DKIM milter.' }],
    connectionSpec: `unix:${run}/dkimpy-milter/dkimpy-milter.sock`,
    signs: true,
    shows: [keyRecord(keys)],
    expect: 'pass',
    patience: 30,
  };
}

function onDebian(): MilterSetup {
  const conf = '/etc/dkimpy-milter/dkimpy-milter.conf';
  return setUp({
    ...{ conf, template: `debian${conf}`, keys: '/etc/dkimkeys', run: '/run' },
    packages: [
      { name: 'opendkim-tools', marker: '/usr/sbin/opendkim-genkey' },
      { name: 'dkimpy-milter', marker: '/usr/bin/dkimpy-milter' },
    ],
  });
}

function onFreebsd(): MilterSetup {
  const conf = '/usr/local/etc/dkimpy-milter/dkimpy-milter.conf';
  // By its origin: the package's name has the version of Python in it.
  const own = 'mail/py-dkimpy-milter';
  const setup = setUp({
    ...{ conf, template: `freebsd${conf}`, keys: '/var/db/dkim', makesKeys: true, run: '/var/run' },
    packages: [
      { name: 'opendkim', marker: '/usr/local/etc/rc.d/milter-opendkim' },
      { name: own, marker: '/usr/local/etc/rc.d/dkimpy-milter' },
    ],
  });
  return {
    ...setup,
    runDirectories: [
      { path: '/var/run/dkimpy-milter', user: 'dkimpy-milter', neededBy: ['dkimpy_milter'] },
    ],
    files: [
      ...setup.files.map((file) => ({ ...file, startFrom: `${conf}.sample` })),
      {
        path: '/etc/rc.conf',
        format: 'shell',
        template: 'freebsd/etc/rc.conf/dkimpy-milter',
        why: 'Start dkimpy-milter at boot.',
      },
    ],
  };
}

/** pyspf-milter (SPF engine): asks whether the sending host may send for the domain of the sender. */
import { config, type SocketRule } from '../detect/socket-rules.ts';
import { type KnownMilter, SPF_LOOKUP } from './known-milter.ts';
import type { Release } from '../platforms/platforms.ts';
import {
  CLOSED_EPEL,
  epel,
  majorVersion,
  type SetUpMilter,
  type MilterSetup,
  type SettingsFile,
} from './milter.ts';

const conf = (path: string): SocketRule => config('key-value', 'Socket', [''], [path]);

export const pyspf: KnownMilter = {
  name: 'pyspf-milter',
  services: { usual: ['pyspf-milter'] },
  sockets: {
    freebsd: [conf('/usr/local/etc/pyspf-milter/pyspf-milter.conf')],
    usual: [conf('/etc/pyspf-milter/pyspf-milter.conf')],
  },
  // Not left out under stress: opendmarc would then find no SPF result and fail good mail.
  conditions: ['Remote Network', 'Unauthenticated'],
  usually: { socket: /\bpyspf-milter\b/ },
  waits: SPF_LOOKUP,
  finds: ['spf'],
  bindsAnyPort: true,
};

export const pyspfSetup: SetUpMilter = {
  short: 'spf',
  title: 'pyspf-milter',
  summary: 'SPF: mail from hosts that may not send for its domain is rejected',
  setup: {
    debian: onDebian,
    freebsd: (release) =>
      majorVersion(release) < 13
        ? { unavailable: 'its port is younger than this release' }
        : onFreebsd(),
    centos6: { unavailable: CLOSED_EPEL },
    redhat: (release) =>
      release.id !== 'fedora' && majorVersion(release) >= 10
        ? { unavailable: 'EPEL 10 does not have it; opendmarc looks SPF up by itself' }
        : onRedhat(release),
  },
};

const SETUP = {
  directories: [],
  preparations: [],
  groups: ['pyspf-milter'],
  services: [{ name: 'pyspf-milter', why: 'The SPF milter.' }],
  expect: 'pass',
  // It may wait for silent name servers.
  patience: 90,
} as const;

function settings(path: string, template: string, comesWith: string): SettingsFile {
  return {
    path,
    format: 'key-value',
    template,
    why: "Reject what the sender's domain disowns, and say the result in a header for opendmarc.",
    comesWith,
  };
}

function onDebian(): MilterSetup {
  const path = '/etc/pyspf-milter/pyspf-milter.conf';
  return {
    ...SETUP,
    packages: [{ name: 'pyspf-milter', marker: '/usr/bin/pyspf-milter' }],
    files: [settings(path, `debian${path}`, 'pyspf-milter')],
    connectionSpec: 'unix:/run/pyspf-milter/pyspf-milter.sock',
  };
}

function onFreebsd(): MilterSetup {
  const path = '/usr/local/etc/pyspf-milter/pyspf-milter.conf';
  return {
    ...SETUP,
    // By its origin: the package's name has the version of Python in it.
    packages: [{ name: 'mail/py-spf-engine', marker: '/usr/local/etc/rc.d/pyspf-milter' }],
    files: [
      {
        ...settings(path, `freebsd${path}`, 'mail/py-spf-engine'),
        startFrom: `${path}.sample`,
      },
      {
        path: '/etc/rc.conf',
        format: 'shell',
        template: 'freebsd/etc/rc.conf/pyspf-milter',
        why: 'Start pyspf-milter at boot.',
      },
    ],
    runDirectories: [
      { path: '/var/run/pyspf-milter', user: 'pyspf-milter', neededBy: ['pyspf_milter'] },
    ],
    connectionSpec: 'unix:/var/run/pyspf-milter/pyspf-milter.sock',
  };
}

function onRedhat(release: Release): MilterSetup {
  const path = '/etc/pyspf-milter/pyspf-milter.conf';
  const own = 'pypolicyd-spf-milter';
  return {
    ...SETUP,
    packages: [...epel(release), { name: own, marker: '/usr/bin/pyspf-milter' }],
    files: [settings(path, `redhat${path}`, own)],
    connectionSpec: 'unix:/run/pyspf-milter/pyspf-milter.sock',
  };
}

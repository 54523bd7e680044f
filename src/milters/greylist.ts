/** milter-greylist: a first mail of an unknown sender has to be sent again. */
import { config, option, type SocketRule, variable } from '../detect/socket-rules.ts';
import { GREYLISTING, type KnownMilter, SPF_LOOKUP } from './known-milter.ts';
import type { Release } from '../platforms/platforms.ts';
import {
  epel,
  majorVersion,
  type SetUpMilter,
  type MilterSetup,
  type SettingsFile,
} from './milter.ts';

const WHY =
  'Greylist by default, by /24 network, for 10 minutes, and remember a sender for a week: gentle on real mail.';

const conf = (path: string): SocketRule =>
  config('greylist', 'socket', ['-f'], [path], ['miltergreylist_cfgfile']);

export const greylist: KnownMilter = {
  name: 'milter-greylist',
  services: { usual: ['milter-greylist'] },
  sockets: {
    // rc.d passes -p, which overrides the file.
    freebsd: [
      option('-p'),
      variable('miltergreylist_sockfile'),
      conf('/usr/local/etc/mail/greylist.conf'),
    ],
    centos6: [option('-p'), variable('SOCKET'), conf('/etc/mail/greylist.conf')],
    redhat: [option('-p'), conf('/etc/mail/greylist.conf')],
    // The init script passes it on with -p; the unit knows no such variable.
    debian: [option('-p'), variable('SOCKET'), conf('/etc/milter-greylist/greylist.conf')],
  },
  conditions: GREYLISTING,
  usually: { socket: /\b(?:milter-)?greylist\b/ },
  waits: SPF_LOOKUP,
  greylists: true,
  selinuxWords: ['greylist'],
  passesCleanMail: true,
};

export const greylistSetup: SetUpMilter = {
  short: 'greylist',
  title: 'milter-greylist',
  summary: 'greylisting: suspicious unknown senders have to try again',
  asks: ['greylist-delay'],
  byDefault: true,
  setup: {
    debian: (release) =>
      release.id === 'debian' && majorVersion(release) === 12
        ? { unavailable: 'Debian 12 has no milter-greylist package (11 and 13 have it)' }
        : onDebian(release),
    freebsd: onFreebsd,
    centos6: onCentos6,
    redhat: (release) => onRedhat(release, '/run/milter-greylist'),
  },
};

const SETUP = {
  directories: [],
  preparations: [],
  services: [{ name: 'milter-greylist', why: 'The greylisting milter.' }],
  // An unknown sender is told to come back: that is its work.
  expect: 'temporary-failure,pass',
  // It may wait for silent name servers (SPF).
  patience: 90,
} as const satisfies Partial<MilterSetup>;

function settings(path: string, template: string, program: string): SettingsFile {
  return {
    path,
    format: 'greylist',
    template,
    why: WHY,
    comesWith: 'milter-greylist',
    check: { argv: [program, '-c', '-f', path] },
  };
}

function onDebian(release: Release): MilterSetup {
  const program = '/usr/sbin/milter-greylist';
  const path = '/etc/milter-greylist/greylist.conf';
  return {
    ...SETUP,
    packages: [{ name: 'milter-greylist', marker: program }],
    files: [settings(path, `${release.platform}${path}`, program)],
    groups: ['greylist'],
    connectionSpec: 'unix:/var/run/milter-greylist/milter-greylist.sock',
  };
}

function onFreebsd(release: Release): MilterSetup {
  const program = '/usr/local/libexec/milter-greylist';
  const path = '/usr/local/etc/mail/greylist.conf';
  return {
    ...SETUP,
    packages: [{ name: 'milter-greylist', marker: '/usr/local/etc/rc.d/milter-greylist' }],
    files: [
      { ...settings(path, `${release.platform}${path}`, program), startFrom: `${path}.sample` },
      {
        path: '/etc/rc.conf',
        format: 'shell',
        template: 'freebsd/etc/rc.conf/milter-greylist',
        why: 'Start milter-greylist at boot, in the group mail.',
      },
    ],
    groups: ['mail'],
    connectionSpec: 'unix:/var/milter-greylist/milter-greylist.sock',
  };
}

/** The document's `chmod +rx` opens the directory to everybody; two groups are enough. */
function onCentos6(release: Release): MilterSetup {
  const directory = '/var/run/milter-greylist';
  return {
    ...onRedhat(release, directory),
    directories: [
      {
        path: directory,
        mode: 0o710,
        owner: { user: 'grmilter', group: 'mail' },
        why: 'The manager may enter it by the group mail, and use the socket by the group grmilter.',
      },
    ],
  };
}

function onRedhat(release: Release, directory: string): MilterSetup {
  const program = '/usr/sbin/milter-greylist';
  const path = '/etc/mail/greylist.conf';
  return {
    ...SETUP,
    packages: [...epel(release), { name: 'milter-greylist', marker: program }],
    files: [settings(path, `${release.platform}${path}`, program)],
    // The directory is of the group mail (0710), the socket of grmilter.
    groups: ['grmilter', 'mail'],
    connectionSpec: `unix:${directory}/milter-greylist.sock`,
  };
}

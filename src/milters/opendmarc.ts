/** OpenDMARC: judges incoming mail by what the domain of its From: has published, from the results of SPF and DKIM. */
import { config, option, variable } from '../detect/socket-rules.ts';
import { type KnownMilter, trusted } from './known-milter.ts';
import type { Release } from '../platforms/platforms.ts';
import {
  CLOSED_EPEL,
  epel,
  type SetUpMilter,
  type MilterSetup,
  type SettingsFile,
} from './milter.ts';

export const opendmarc: KnownMilter = {
  name: 'opendmarc',
  services: { usual: ['opendmarc'] },
  sockets: {
    ...trusted('opendmarc.conf', '-c'),
    freebsd: [
      option('-p'),
      variable('opendmarc_socketspec'),
      config('key-value', 'Socket', ['-c'], ['/usr/local/etc/mail/opendmarc.conf']),
    ],
  },
  // Mail of our own users is on its way to be signed, not judged.
  conditions: ['Remote Network', 'Unauthenticated'],
  usually: { ports: [8893, 54321], socket: /\bopendmarc\b/ },
  judgesBy: {
    results: ['spf', 'sender-id', 'dkim', 'arc'],
    why: 'its verdict is made of what the others have found',
  },
};

export const opendmarcSetup: SetUpMilter = {
  short: 'opendmarc',
  title: 'OpenDMARC',
  summary: "DMARC: mail in another domain's name is marked or rejected, as that domain asks",
  asks: ['dmarc-failures'],
  setup: {
    debian: onDebian,
    freebsd: onFreebsd,
    centos6: { unavailable: CLOSED_EPEL },
    redhat: onRedhat,
  },
};

const SETUP = {
  directories: [],
  preparations: [],
  expect: 'pass',
  // It may wait for silent name servers.
  patience: 90,
} as const;

function settings(conf: string, template: string): SettingsFile {
  return {
    path: conf,
    format: 'key-value',
    template,
    why: "Judge mail from outside by the results of SPF and DKIM, under this host's name.",
    comesWith: 'opendmarc',
    check: { argv: ['opendmarc', '-n', '-c', conf] },
  };
}

function onDebian(): MilterSetup {
  return {
    ...SETUP,
    packages: [{ name: 'opendmarc', marker: '/usr/sbin/opendmarc' }],
    files: [settings('/etc/opendmarc.conf', 'debian/etc/opendmarc.conf')],
    groups: ['opendmarc'],
    services: [{ name: 'opendmarc', why: 'The DMARC milter.' }],
    connectionSpec: 'unix:/run/opendmarc/opendmarc.sock',
  };
}

/** The port's own default socket; pyspf-milter, whose default it is too, listens elsewhere. */
function onFreebsd(): MilterSetup {
  const conf = '/usr/local/etc/mail/opendmarc.conf';
  return {
    ...SETUP,
    packages: [{ name: 'opendmarc', marker: '/usr/local/etc/rc.d/opendmarc' }],
    files: [
      { ...settings(conf, `freebsd${conf}`), startFrom: `${conf}.sample` },
      {
        path: '/etc/rc.conf',
        format: 'shell',
        template: 'freebsd/etc/rc.conf/opendmarc',
        why: 'Start OpenDMARC at boot.',
      },
    ],
    groups: [],
    services: [{ name: 'opendmarc', why: 'The DMARC milter.' }],
    connectionSpec: 'inet:8893@[127.0.0.1]',
  };
}

function onRedhat(release: Release): MilterSetup {
  return {
    ...onDebian(),
    packages: [...epel(release), { name: 'opendmarc', marker: '/usr/sbin/opendmarc' }],
    files: [settings('/etc/opendmarc.conf', 'redhat/etc/opendmarc.conf')],
    // Up to 1.4.1 the directory of the socket is of the group mail, since then of opendmarc.
    groups: ['opendmarc', 'mail'],
  };
}

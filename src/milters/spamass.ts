/** spamass-milter: has SpamAssassin score each mail, and rejects the worst. */
import { builtIn, option, variable } from '../detect/socket-rules.ts';
import { type KnownMilter, RECEIVING } from './known-milter.ts';
import type { OptionRules } from '../edit/format.ts';
import type { HostReader } from '../host/host.ts';
import { usesSelinux } from '../platforms/selinux.ts';
import type { Release } from '../platforms/platforms.ts';
import { epel, type SetUpMilter, type MilterSetup, type Preparation } from './milter.ts';
import { spamdOnDebian, spamdOnFreebsd, spamdOnRedhat } from './spamd.ts';

const WHY = 'Reject mail that scores 15 or more, and change nothing else in other mail.';

export const spamass: KnownMilter = {
  // SpamAssassin checks SPF, DKIM and DMARC by itself, so it need not wait for those who did.
  name: 'spamass-milter',
  services: { usual: ['spamass-milter'], redhat: ['spamass-milter', 'spamass-milter-root'] },
  sockets: {
    freebsd: [option('-p'), variable('spamass_milter_socket')],
    centos6: [
      option('-p'),
      variable('SOCKET'),
      builtIn('unix:/var/run/spamass-milter/spamass-milter.sock'),
    ],
    redhat: [
      option('-p'),
      variable('SOCKET'),
      builtIn('unix:/run/spamass-milter/spamass-milter.sock'),
    ],
    // The init script chooses a place inside Postfix's chroot where Postfix is installed; /etc/default overrides it.
    debian: [option('-p'), variable('SOCKET')],
  },
  conditions: RECEIVING,
  usually: { socket: /\bspamass(?:-milter)?\b/ },
  marks: 'signed headers',
  refuses: { gtube: 'The GTUBE test text, which SpamAssassin scores with 1000.' },
  passesCleanMail: true,
  alsoDoneBy: ['spamassassin', 'spamc', 'spampd', 'spamfilter', 'amavis'],
  selinuxWords: ['spamd', 'spamc'],
};

export const spamassSetup: SetUpMilter = {
  short: 'spamass',
  title: 'spamass-milter',
  summary: 'spam scoring by SpamAssassin: mail that scores 15 or more is rejected',
  asks: ['smtp-connections'],
  byDefault: true,
  setup: {
    debian: onDebian,
    freebsd: onFreebsd,
    centos6: onCentos6,
    redhat: onRedhat,
  },
};

/** Its usage; what stands behind -- is for spamc. A score that the host has set itself stays. */
export const SPAMASS_OPTIONS: OptionRules = {
  grammar: { short: 'ab:B:C:d:D:e:fi:ImMp:P:r:R:S:u:x' },
  adds: ['m', 'r'],
  sets: [],
};

const SETUP = { directories: [], expect: 'pass', patience: 60 } as const;
const SERVICE = { name: 'spamass-milter', why: 'The spam milter.' } as const;

function onDebian(release: Release): MilterSetup {
  const spamd = spamdOnDebian(release);
  const path = '/etc/default/spamass-milter';
  return {
    ...SETUP,
    ...spamd,
    packages: [...spamd.packages, { name: 'spamass-milter', marker: '/usr/sbin/spamass-milter' }],
    files: [
      ...spamd.files,
      {
        path,
        format: 'shell',
        template: `debian${path}`,
        options: { OPTIONS: SPAMASS_OPTIONS },
        why: WHY,
        comesWith: 'spamass-milter',
        check: { argv: ['sh', '-n', path] },
      },
    ],
    groups: ['postfix'],
    services: [...spamd.services, SERVICE],
    connectionSpec: 'unix:/var/spool/postfix/spamass/spamass.sock',
  };
}

function onFreebsd(release: Release): MilterSetup {
  const spamd = spamdOnFreebsd(release);
  return {
    ...SETUP,
    ...spamd,
    packages: [
      ...spamd.packages,
      { name: 'spamass-milter', marker: '/usr/local/etc/rc.d/spamass-milter' },
    ],
    directories: [
      {
        path: '/var/run/spamass-milter',
        mode: 0o755,
        owner: { user: 'spamd', group: 'spamd' },
        why: 'A general user cannot make its socket in /var/run itself.',
      },
    ],
    files: [
      ...spamd.files,
      {
        path: '/etc/rc.conf',
        format: 'shell',
        template: 'freebsd/etc/rc.conf/spamass-milter',
        options: { spamass_milter_localflags: SPAMASS_OPTIONS },
        why: 'Start spamass-milter at boot, as a general user; the group mail reaches the socket.',
      },
    ],
    groups: ['mail'],
    services: [...spamd.services, SERVICE],
    connectionSpec: 'unix:/var/run/spamass-milter/spamass-milter.sock',
  };
}

/** The document disables the SELinux modules of Postfix and of all milters instead. */
const LABEL: Preparation = {
  title: 'let SELinux allow port 11120 to milters',
  why: "A label on one port keeps SELinux's protection of Postfix and the milters; the document turns it off.",
  commands: [
    {
      argv: ['semanage', 'port', '-a', '-t', 'milter_port_t', '-p', 'tcp', '11120'],
      tolerated: 'port 11120 was not labelled (SELinux off, or labelled already)',
    },
  ],
};

function onCentos6(release: Release, host: HostReader): MilterSetup {
  const spamd = spamdOnRedhat(release);
  const confined = usesSelinux(host);
  const path = '/etc/sysconfig/spamass-milter';
  return {
    ...SETUP,
    ...spamd,
    packages: [
      ...epel(release),
      ...(confined ? [{ name: 'policycoreutils-python', marker: '/usr/sbin/semanage' }] : []),
      ...spamd.packages,
      { name: 'spamass-milter', marker: '/usr/sbin/spamass-milter' },
    ],
    files: [
      ...spamd.files,
      {
        path,
        format: 'shell',
        template: `centos6${path}`,
        options: { EXTRA_FLAGS: SPAMASS_OPTIONS },
        why: WHY,
        comesWith: 'spamass-milter',
        check: { argv: ['sh', '-n', path] },
      },
    ],
    groups: [],
    preparations: [...spamd.preparations, ...(confined ? [LABEL] : [])],
    services: [...spamd.services, SERVICE],
    connectionSpec: 'inet:11120@[127.0.0.1]',
  };
}

function onRedhat(release: Release): MilterSetup {
  const spamd = spamdOnRedhat(release);
  const path = '/etc/sysconfig/spamass-milter';
  return {
    ...SETUP,
    ...spamd,
    packages: [
      ...epel(release),
      ...spamd.packages,
      // It moves the socket to where the group postfix may use it; without it only sa-milt may.
      { name: 'spamass-milter-postfix', marker: '/etc/sysconfig/spamass-milter-postfix' },
      { name: 'spamass-milter', marker: '/usr/sbin/spamass-milter' },
    ],
    files: [
      ...spamd.files,
      {
        path,
        format: 'shell',
        template: `redhat${path}`,
        options: { EXTRA_FLAGS: SPAMASS_OPTIONS },
        why: WHY,
        comesWith: 'spamass-milter',
      },
    ],
    groups: ['postfix'],
    services: [...spamd.services, SERVICE],
    connectionSpec: 'unix:/run/spamass-milter/postfix/sock',
  };
}

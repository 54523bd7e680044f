/** spamass-milter: has SpamAssassin score each mail, and rejects the worst. */
import type { HostReader } from '../host/host.ts';
import { usesSelinux } from '../platforms/selinux.ts';
import type { Release } from '../platforms/platform.ts';
import {
  epel,
  majorVersion,
  type Milter,
  type MilterSetup,
  type Preparation,
  type SettingsFile,
} from './milter.ts';

const LOCAL_CF_WHY = 'Add headers only to mail that is spam.';
const CHILDREN_WHY = 'As many spamd children as about a third of the SMTP connections.';
const MILTER_WHY = 'Reject mail that scores 15 or more, and change nothing else in other mail.';

export const spamass: Milter = {
  name: 'spamass-milter',
  short: 'spamass',
  title: 'spamass-milter',
  summary: 'spam scoring by SpamAssassin: mail that scores 15 or more is rejected',
  setup(release, host) {
    switch (release.platform) {
      case 'debian':
        return onDebian(release);
      case 'freebsd':
        return onFreebsd(release);
      case 'centos6':
        return onCentos6(release, host);
      case 'redhat':
        return onRedhat(release);
    }
  },
};

const SETUP = { directories: [], preparations: [], expect: 'pass', patience: 60 } as const;

function localCf(path: string, template: string, comesWith: string, service: string): SettingsFile {
  return {
    path,
    format: 'spamassassin',
    template,
    why: LOCAL_CF_WHY,
    comesWith,
    service,
    check: { argv: ['spamassassin', '--lint'], timeout: 120 },
  };
}

const update = (program: string): Preparation => ({
  title: "update SpamAssassin's rules",
  why: 'spamd starts with current rules.',
  // Exit code 1 of sa-update means that there was nothing newer.
  commands: [{ argv: [program], timeout: 600, tolerated: 'sa-update brought no new rules' }],
});

function onDebian(release: Release): MilterSetup {
  // Debian 12 and Ubuntu 24.04 split spamd from spamassassin; before, both unit and defaults had its name.
  const split = majorVersion(release) >= (release.id === 'ubuntu' ? 24 : 12);
  const daemon = split ? 'spamd' : 'spamassassin';
  return {
    ...SETUP,
    packages: [
      { name: 'spamassassin', marker: '/usr/bin/spamassassin' },
      { name: 'spamc', marker: '/usr/bin/spamc' },
      ...(split ? [{ name: 'spamd', marker: '/usr/sbin/spamd' }] : []),
      { name: 'spamass-milter', marker: '/usr/sbin/spamass-milter' },
    ],
    files: [
      localCf(
        '/etc/spamassassin/local.cf',
        'debian/etc/spamassassin/local.cf',
        'spamassassin',
        daemon,
      ),
      {
        path: `/etc/default/${daemon}`,
        format: 'shell',
        template: 'debian/etc/default/spamd',
        why: CHILDREN_WHY,
        comesWith: daemon,
        service: daemon,
        check: { argv: ['sh', '-n', `/etc/default/${daemon}`] },
      },
      {
        path: '/etc/default/spamass-milter',
        format: 'shell',
        template: 'debian/etc/default/spamass-milter',
        why: MILTER_WHY,
        comesWith: 'spamass-milter',
        check: { argv: ['sh', '-n', '/etc/default/spamass-milter'] },
      },
    ],
    groups: ['postfix'],
    services: [
      { name: daemon, why: 'SpamAssassin, which spamass-milter asks.' },
      { name: 'spamass-milter', why: 'The spam milter.' },
    ],
    connectionSpec: 'unix:/var/spool/postfix/spamass/spamass.sock',
  };
}

function onFreebsd(release: Release): MilterSetup {
  return {
    ...SETUP,
    packages: [
      // The old package had another name (p5-Mail-SpamAssassin); there spamass-milter brings it along.
      ...(majorVersion(release) < 13
        ? []
        : [{ name: 'spamassassin', marker: '/usr/local/etc/rc.d/sa-spamd' }]),
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
      {
        ...localCf(
          '/usr/local/etc/mail/spamassassin/local.cf',
          'freebsd/usr/local/etc/mail/spamassassin/local.cf',
          'spamassassin',
          'sa-spamd',
        ),
        startFrom: '/usr/local/etc/mail/spamassassin/local.cf.sample',
      },
      {
        path: '/etc/rc.conf',
        format: 'shell',
        template: 'freebsd/etc/rc.conf/sa-spamd',
        why: `Start spamd at boot. ${CHILDREN_WHY}`,
        service: 'sa-spamd',
      },
      {
        path: '/etc/rc.conf',
        format: 'shell',
        template: 'freebsd/etc/rc.conf/spamass-milter',
        why: 'Start spamass-milter at boot, as a general user; the group mail reaches the socket.',
      },
    ],
    groups: ['mail'],
    preparations: [update('sa-update')],
    services: [
      { name: 'sa-spamd', why: 'SpamAssassin, which spamass-milter asks.' },
      { name: 'spamass-milter', why: 'The spam milter.' },
    ],
    connectionSpec: 'unix:/var/run/spamass-milter/spamass-milter.sock',
  };
}

function onCentos6(release: Release, host: HostReader): MilterSetup {
  return {
    ...SETUP,
    packages: [
      ...epel(release),
      ...(usesSelinux(host)
        ? [{ name: 'policycoreutils-python', marker: '/usr/sbin/semanage' }]
        : []),
      { name: 'spamassassin', marker: '/usr/bin/spamd' },
      { name: 'spamass-milter', marker: '/usr/sbin/spamass-milter' },
    ],
    files: [
      {
        ...localCf(
          '/etc/mail/spamassassin/local.cf',
          'centos6/etc/mail/spamassassin/local.cf',
          'spamassassin',
          'spamassassin',
        ),
        why: `${LOCAL_CF_WHY} Leave the subject alone.`,
        commentOut: ['rewrite_header Subject'],
      },
      {
        path: '/etc/sysconfig/spamassassin',
        format: 'shell',
        template: 'centos6/etc/sysconfig/spamassassin',
        why: CHILDREN_WHY,
        comesWith: 'spamassassin',
        service: 'spamassassin',
        check: { argv: ['sh', '-n', '/etc/sysconfig/spamassassin'] },
      },
      {
        path: '/etc/sysconfig/spamass-milter',
        format: 'shell',
        template: 'centos6/etc/sysconfig/spamass-milter',
        why: MILTER_WHY,
        comesWith: 'spamass-milter',
        check: { argv: ['sh', '-n', '/etc/sysconfig/spamass-milter'] },
      },
    ],
    groups: [],
    preparations: [
      update('sa-update'),
      {
        title: 'let SELinux allow port 11120 to milters',
        // The document disables the SELinux modules of Postfix and of all milters instead.
        why: "A label on one port keeps SELinux's protection of Postfix and the milters; the document turns it off.",
        commands: [
          {
            argv: ['semanage', 'port', '-a', '-t', 'milter_port_t', '-p', 'tcp', '11120'],
            tolerated: 'port 11120 was not labelled (SELinux off, or labelled already)',
          },
        ],
      },
    ],
    services: [
      { name: 'spamassassin', why: 'spamd, which spamass-milter asks.' },
      { name: 'spamass-milter', why: 'The spam milter.' },
    ],
    connectionSpec: 'inet:11120@[127.0.0.1]',
  };
}

function onRedhat(release: Release): MilterSetup {
  return {
    ...SETUP,
    packages: [
      ...epel(release),
      { name: 'spamassassin', marker: '/usr/bin/spamd' },
      // It moves the socket to where the group postfix may use it; without it only sa-milt may.
      { name: 'spamass-milter-postfix', marker: '/etc/sysconfig/spamass-milter-postfix' },
      { name: 'spamass-milter', marker: '/usr/sbin/spamass-milter' },
    ],
    files: [
      {
        ...localCf(
          '/etc/mail/spamassassin/local.cf',
          'redhat/etc/mail/spamassassin/local.cf',
          'spamassassin',
          'spamassassin',
        ),
        why: `${LOCAL_CF_WHY} Leave the subject alone.`,
        commentOut: ['rewrite_header Subject'],
      },
      {
        path: '/etc/sysconfig/spamassassin',
        format: 'shell',
        template: 'redhat/etc/sysconfig/spamassassin',
        why: CHILDREN_WHY,
        comesWith: 'spamassassin',
        service: 'spamassassin',
      },
      {
        path: '/etc/sysconfig/spamass-milter',
        format: 'shell',
        template: 'redhat/etc/sysconfig/spamass-milter',
        why: MILTER_WHY,
        comesWith: 'spamass-milter',
      },
    ],
    groups: ['postfix'],
    preparations: [update('sa-update')],
    services: [
      { name: 'spamassassin', why: 'spamd, which spamass-milter asks.' },
      { name: 'spamass-milter', why: 'The spam milter.' },
    ],
    connectionSpec: 'unix:/run/spamass-milter/postfix/sock',
  };
}

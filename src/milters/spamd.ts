/** spamd, SpamAssassin's daemon, which spamass-milter asks: its rules, its headers, and how many mails it takes at once. */
import type { OptionRules } from '../edit/format.ts';
import type { Release } from '../platforms/platforms.ts';
import { majorVersion, type MilterSetup, type Preparation, type SettingsFile } from './milter.ts';

/** Its part of spamass-milter's setup. */
export type Spamd = Pick<
  MilterSetup,
  'packages' | 'files' | 'preparations' | 'services' | 'runDirectories'
>;

const LOCAL_CF_WHY = 'Add headers only to mail that is spam.';
const CHILDREN_WHY = 'As many spamd children as about a third of the SMTP connections.';
const SERVICE_WHY = 'SpamAssassin, which spamass-milter asks.';

/** spamd(1). Who runs it, where it listens, and what it reads are the host's once it has set them. */
export const SPAMD_OPTIONS: OptionRules = {
  grammar: {
    short: 'lcC:dhi::p:46A:m:qQr:s:u:g:vxU:D::LPH::VT:t:S',
    long: { 'max-children=': 'm' },
  },
  adds: [],
  sets: ['m'],
};

const RULES: Preparation = {
  title: "update SpamAssassin's rules",
  why: 'spamd starts with current rules.',
  // sa-update(1) lists its exit codes.
  commands: [
    {
      argv: ['sa-update'],
      timeout: 600,
      meanings: {
        1: undefined,
        2: 'sa-update changed nothing: the configuration of SpamAssassin has errors',
        3: 'sa-update brought a part of the new rules',
      },
      tolerated: 'sa-update could not get new rules; spamd starts with those that are there',
    },
  ],
};

function localCf(path: string, template: string, service: string): SettingsFile {
  return {
    path,
    format: 'spamassassin',
    template,
    why: LOCAL_CF_WHY,
    comesWith: 'spamassassin',
    service,
    check: { argv: ['spamassassin', '--lint'], timeout: 120 },
  };
}

/** Where its packages bring its rules, sa-update has nothing to do before the first start. */
export function spamdOnDebian(release: Release): Spamd {
  // Debian 12 and Ubuntu 24.04 split spamd from spamassassin; before, both unit and defaults had its name.
  const split = majorVersion(release) >= (release.id === 'ubuntu' ? 24 : 12);
  const daemon = split ? 'spamd' : 'spamassassin';
  return {
    packages: [
      { name: 'spamassassin', marker: '/usr/bin/spamassassin' },
      { name: 'spamc', marker: '/usr/bin/spamc' },
      ...(split ? [{ name: 'spamd', marker: '/usr/sbin/spamd' }] : []),
    ],
    files: [
      localCf('/etc/spamassassin/local.cf', 'debian/etc/spamassassin/local.cf', daemon),
      {
        path: `/etc/default/${daemon}`,
        format: 'shell',
        template: 'debian/etc/default/spamd',
        options: { OPTIONS: SPAMD_OPTIONS },
        why: CHILDREN_WHY,
        comesWith: daemon,
        service: daemon,
        check: { argv: ['sh', '-n', `/etc/default/${daemon}`] },
      },
    ],
    preparations: [],
    services: [{ name: daemon, why: SERVICE_WHY }],
  };
}

export function spamdOnFreebsd(release: Release): Spamd {
  const path = '/usr/local/etc/mail/spamassassin/local.cf';
  return {
    // The old package had another name (p5-Mail-SpamAssassin); there spamass-milter brings it along.
    packages:
      majorVersion(release) < 13
        ? []
        : [{ name: 'spamassassin', marker: '/usr/local/etc/rc.d/sa-spamd' }],
    files: [
      { ...localCf(path, `freebsd${path}`, 'sa-spamd'), startFrom: `${path}.sample` },
      {
        path: '/etc/rc.conf',
        format: 'shell',
        template: 'freebsd/etc/rc.conf/sa-spamd',
        options: { spamd_flags: SPAMD_OPTIONS },
        why: `Start spamd at boot. ${CHILDREN_WHY}`,
        service: 'sa-spamd',
      },
    ],
    runDirectories: [{ path: '/var/run/spamd', user: 'spamd', neededBy: ['spamd'] }],
    preparations: [RULES],
    services: [{ name: 'sa-spamd', why: SERVICE_WHY }],
  };
}

/** CentOS 6 and the Red Hat family: their local.cf marks the subject of spam. */
export function spamdOnRedhat({ platform }: Release): Spamd {
  const path = '/etc/mail/spamassassin/local.cf';
  const options = '/etc/sysconfig/spamassassin';
  const children: SettingsFile = {
    path: options,
    format: 'shell',
    template: `${platform}${options}`,
    options: { SPAMDOPTIONS: SPAMD_OPTIONS },
    why: CHILDREN_WHY,
    comesWith: 'spamassassin',
    service: 'spamassassin',
  };
  return {
    packages: [{ name: 'spamassassin', marker: '/usr/bin/spamd' }],
    files: [
      {
        ...localCf(path, `${platform}${path}`, 'spamassassin'),
        why: `${LOCAL_CF_WHY} Leave the subject alone.`,
        commentOut: ['rewrite_header Subject'],
      },
      // systemd reads it by rules of its own, an init script with the shell.
      platform === 'centos6' ? { ...children, check: { argv: ['sh', '-n', options] } } : children,
    ],
    preparations: [RULES],
    services: [{ name: 'spamassassin', why: 'spamd, which spamass-milter asks.' }],
  };
}

/** OpenDKIM: signs the mail of our own users and hosts, and verifies the signatures of all other mail. */
import { config, option, variable } from '../detect/socket-rules.ts';
import { type KnownMilter, trusted } from './known-milter.ts';
import { readSetting } from '../edit/editors.ts';
import { readText, type HostReader } from '../host/host.ts';
import { keyRecord, makeKey } from './dkim-key.ts';
import type { Owner } from '../change/change.ts';
import type { Release } from '../platforms/platforms.ts';
import {
  CLOSED_EPEL,
  epel,
  majorVersion,
  type SetUpMilter,
  type MilterSetup,
  type SettingsFile,
} from './milter.ts';

const WHY =
  'Sign mail from our own hosts and users, verify all other mail, and say in its header how that went.';
const KEY_WHY = 'The domain that is signed for, and its key.';

export const opendkim: KnownMilter = {
  // It signs too, and what others change afterwards would break its signature. By default nothing does: mail that it
  // signs comes from our own users, and the milters that mark spam are kept to mail from outside.
  name: 'opendkim',
  services: { usual: ['opendkim'], freebsd: ['milter-opendkim', 'opendkim'] },
  sockets: {
    ...trusted('opendkim.conf', '-x'),
    freebsd: [
      variable('milteropendkim_socket'),
      option('-p'),
      config(
        'key-value',
        'Socket',
        ['-x'],
        ['/usr/local/etc/mail/opendkim.conf'],
        ['milteropendkim_cfgfile'],
      ),
    ],
  },
  conditions: [],
  usually: { ports: [8891, 12301], socket: /\bopendkim\b/ },
  finds: ['dkim'],
  signs: {
    syntax: 'opendkim',
    paths: ['/etc/opendkim.conf', '/usr/local/etc/mail/opendkim.conf'],
  },
  passesCleanMail: true,
};

export const opendkimSetup: SetUpMilter = {
  short: 'opendkim',
  title: 'OpenDKIM',
  summary: 'DKIM: outgoing mail is signed, signatures of incoming mail are verified',
  asks: ['dkim-domain', 'dkim-selector'],
  setup: {
    debian: (_release, host) => onDebian(host),
    freebsd: onFreebsd,
    centos6: { unavailable: CLOSED_EPEL },
    redhat: onRedhat,
  },
};

const SETUP = { directories: [], expect: 'pass', patience: 30, signs: true } as const;

interface Place {
  readonly conf: string;
  /** Below the templates directory. */
  readonly templates: string;
  readonly keys: string;
  /** Whether the directory of the keys is ours to make: no package brings it. */
  readonly makesKeys?: true;
  readonly owner: Owner;
}

/** Keys and tables of somebody else's making stay as they are. Samples name example.com, or a key without a domain. */
function hasOwnKeys(host: HostReader, { conf, keys }: Place): boolean {
  const value = (key: string): string | undefined =>
    readSetting('key-value', readText(host, conf) ?? '', key);
  if ((value('KeyTable') ?? value('SigningTable')) !== undefined) return true;
  const [domain, key] = [value('Domain'), value('KeyFile')];
  const ours = new RegExp(`^${keys}/[^/]+/[^/]+\\.private$`);
  return domain !== undefined && domain !== 'example.com' && key !== undefined && !ours.test(key);
}

function signing(
  host: HostReader,
  place: Place,
): Pick<MilterSetup, 'files' | 'preparations' | 'shows' | 'keepsKeys'> {
  const { conf, templates, keys, makesKeys, owner } = place;
  const settings: SettingsFile = {
    path: conf,
    format: 'key-value',
    template: `${templates}/filter`,
    why: WHY,
    comesWith: 'opendkim',
  };
  const check = { argv: ['opendkim', '-n', '-x', conf] };
  if (hasOwnKeys(host, place)) {
    return { files: [{ ...settings, check }], preparations: [], keepsKeys: true };
  }
  return {
    files: [settings, { ...settings, template: `${templates}/signing`, why: KEY_WHY, check }],
    preparations: [
      makeKey({
        ...{ keys, makesKeys, owner },
        why: 'Only the filter may read it. Its public half goes into the DNS, as is shown at the end.',
        namedBy: [
          conf,
          ...['/etc/opendkim/KeyTable', '/etc/dkimkeys/KeyTable', `${keys}/KeyTable`],
          ...['/etc/dkimpy-milter/dkimpy-milter.conf', '/etc/rspamd/local.d/dkim_signing.conf'],
        ],
      }),
    ],
    shows: [keyRecord(keys)],
  };
}

function onDebian(host: HostReader): MilterSetup {
  return {
    ...SETUP,
    ...signing(host, {
      conf: '/etc/opendkim.conf',
      templates: 'debian/etc/opendkim.conf',
      keys: '/etc/dkimkeys',
      owner: { user: 'opendkim', group: 'opendkim' },
    }),
    packages: [
      { name: 'opendkim-tools', marker: '/usr/sbin/opendkim-genkey' },
      { name: 'opendkim', marker: '/usr/sbin/opendkim' },
    ],
    groups: ['opendkim'],
    services: [{ name: 'opendkim', why: 'The DKIM milter.' }],
    connectionSpec: 'unix:/run/opendkim/opendkim.sock',
  };
}

/**
 * Whether the rc.d script gives the socket to a group (`milteropendkim_gid`) with a mode (`milteropendkim_socket_perms`,
 * set a second after the start, whatever UMask says). The scripts of FreeBSD 10's time know neither: there the socket is
 * of the user's own group, and UMask counts.
 */
function givesSocketToGroup(release: Release, host: HostReader): boolean {
  const script = readText(host, '/usr/local/etc/rc.d/milter-opendkim');
  return script === undefined
    ? majorVersion(release) >= 13
    : script.includes('milteropendkim_socket_perms');
}

function onFreebsd(release: Release, host: HostReader): MilterSetup {
  const toGroup = givesSocketToGroup(release, host);
  const conf = '/usr/local/etc/mail/opendkim.conf';
  const { files, ...rest } = signing(host, {
    conf,
    templates: `freebsd${conf}`,
    keys: '/var/db/dkim',
    makesKeys: true,
    owner: { user: 'mailnull', group: 'mail' },
  });
  return {
    ...SETUP,
    ...rest,
    packages: [{ name: 'opendkim', marker: '/usr/local/etc/rc.d/milter-opendkim' }],
    files: [
      ...files.map((file) => ({ ...file, startFrom: `${conf}.sample` })),
      {
        path: '/etc/rc.conf',
        format: 'shell',
        template: `freebsd/etc/rc.conf/opendkim/${toGroup ? 'group' : 'user'}`,
        why: `Start OpenDKIM at boot; the group ${toGroup ? 'mail' : 'mailnull'} reaches the socket.`,
      },
    ],
    groups: [toGroup ? 'mail' : 'mailnull'],
    services: [{ name: 'milter-opendkim', why: 'The DKIM milter.' }],
    connectionSpec: 'unix:/var/run/milteropendkim/opendkim.sock',
  };
}

function onRedhat(release: Release, host: HostReader): MilterSetup {
  return {
    ...SETUP,
    ...signing(host, {
      conf: '/etc/opendkim.conf',
      templates: 'redhat/etc/opendkim.conf',
      keys: '/etc/opendkim/keys',
      owner: { user: 'opendkim', group: 'opendkim' },
    }),
    packages: [
      ...epel(release),
      { name: 'opendkim-tools', marker: '/usr/sbin/opendkim-genkey' },
      { name: 'opendkim', marker: '/usr/sbin/opendkim' },
    ],
    groups: ['opendkim'],
    services: [{ name: 'opendkim', why: 'The DKIM milter.' }],
    connectionSpec: 'unix:/run/opendkim/opendkim.sock',
  };
}

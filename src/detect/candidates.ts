/**
 * The milters that detection knows, in the order in which the manager keeps them, as data: what their service is called
 * on each platform, where their socket is configured, and what applies to them by default.
 */
import type { PlatformName } from '../platforms/platforms.ts';
import { builtIn, config, option, type SocketRule, variable } from './socket-rules.ts';

export interface Candidate {
  readonly name: string;
  /** By platform; of several, the first that is installed. */
  readonly services: Readonly<Partial<Record<PlatformName, readonly string[]>>>;
  readonly sockets: Readonly<Partial<Record<PlatformName, readonly SocketRule[]>>>;
  /** Default conditions by their known names, as the C milter-manager gives them. */
  readonly conditions: readonly string[];
  /** Milters whose changes it must see, whether or not they are on this host. */
  readonly after: readonly string[];
  /** Seconds that an answer may take beyond the usual. */
  readonly waits?: number;
}

/** Greylisting: only for senders that look like end users' machines, and never for our own users. */
const GREYLISTING = [
  'Sendmail Compatible',
  'Stress Notify',
  'Trust',
  'Remote Network',
  'S25R',
  'Unauthenticated',
] as const;
/** Costly or judging the sending host: for mail from outside, and left out under stress. */
const RECEIVING = ['Remote Network', 'Unauthenticated', 'No Stress'] as const;

/**
 * Whoever looks SPF up asks the name servers before it answers, and waits 10 seconds for each that is silent (two
 * attempts of 5, resolv.conf(5)). More than two cannot be waited for: Postfix gives a milter 30 seconds.
 */
const SPF_LOOKUP = 20;

const everywhere = (...names: readonly string[]): Candidate['services'] => ({
  freebsd: names,
  centos6: names,
  redhat: names,
  debian: names,
});

const greylistConf = (...paths: readonly string[]): SocketRule =>
  config('greylist', 'socket', ['-f'], paths, ['miltergreylist_cfgfile']);
const clamavConf = (...paths: readonly string[]): SocketRule =>
  config('clamav', 'MilterSocket', ['-c', '--config-file'], paths, ['conf_file', 'CLAMAVCONF']);
/** The family of OpenDKIM: `-p` overrides `Socket`. */
const trusted = (file: string, fileOption: string): Candidate['sockets'] => {
  const rules = (directory: string): SocketRule[] => [
    option('-p'),
    variable('SOCKET'),
    config('key-value', 'Socket', [fileOption], [`${directory}/${file}`], ['CONFIG']),
  ];
  const linux = rules('/etc');
  return { freebsd: rules('/usr/local/etc/mail'), centos6: linux, redhat: linux, debian: linux };
};

export const CANDIDATES: readonly Candidate[] = [
  {
    // First, so that a message that has to come again costs the others nothing.
    name: 'milter-greylist',
    services: everywhere('milter-greylist'),
    sockets: {
      // rc.d passes -p, which overrides the file.
      freebsd: [
        option('-p'),
        variable('miltergreylist_sockfile'),
        greylistConf('/usr/local/etc/mail/greylist.conf'),
      ],
      centos6: [option('-p'), variable('SOCKET'), greylistConf('/etc/mail/greylist.conf')],
      redhat: [option('-p'), greylistConf('/etc/mail/greylist.conf')],
      debian: [option('-p'), greylistConf('/etc/milter-greylist/greylist.conf')],
    },
    conditions: GREYLISTING,
    after: [],
    waits: SPF_LOOKUP,
  },
  {
    name: 'pyspf-milter',
    services: everywhere('pyspf-milter'),
    sockets: {
      freebsd: [
        config('key-value', 'Socket', [''], ['/usr/local/etc/pyspf-milter/pyspf-milter.conf']),
      ],
      redhat: [config('key-value', 'Socket', [''], ['/etc/pyspf-milter/pyspf-milter.conf'])],
      debian: [config('key-value', 'Socket', [''], ['/etc/pyspf-milter/pyspf-milter.conf'])],
    },
    // Not left out under stress: opendmarc would then find no SPF result and fail good mail.
    conditions: ['Remote Network', 'Unauthenticated'],
    after: [],
    waits: SPF_LOOKUP,
  },
  {
    name: 'enma',
    services: { freebsd: ['milter-enma'], centos6: ['enma'], redhat: ['enma'], debian: ['enma'] },
    sockets: {
      freebsd: [
        config(
          'key-value',
          'milter.socket:',
          ['-c'],
          ['/usr/local/etc/enma.conf'],
          ['milterenma_cfgfile'],
        ),
      ],
      centos6: [config('key-value', 'milter.socket:', ['-c'], ['/etc/enma.conf'], ['CONF_FILE'])],
      redhat: [config('key-value', 'milter.socket:', ['-c'], ['/etc/enma.conf'], ['CONF_FILE'])],
      debian: [config('key-value', 'milter.socket:', ['-c'], ['/etc/enma.conf'])],
    },
    conditions: RECEIVING,
    after: [],
  },
  {
    name: 'sid-milter',
    services: {
      freebsd: ['milter-sid'],
      centos6: ['sid-milter'],
      redhat: ['sid-milter'],
      debian: ['sid-milter'],
    },
    sockets: {
      freebsd: [option('-p'), variable('miltersid_socket')],
      centos6: [option('-p'), variable('SOCKET')],
      redhat: [option('-p'), variable('SOCKET')],
      debian: [option('-p'), variable('SOCKET')],
    },
    conditions: RECEIVING,
    after: [],
  },
  {
    // It signs too, and what others change afterwards would break its signature. By default nothing does: mail that it
    // signs comes from our own users, and the milters that mark spam are kept to mail from outside.
    name: 'opendkim',
    services: {
      freebsd: ['milter-opendkim', 'opendkim'],
      centos6: ['opendkim'],
      redhat: ['opendkim'],
      debian: ['opendkim'],
    },
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
    after: [],
  },
  {
    name: 'dkimpy-milter',
    services: everywhere('dkimpy-milter'),
    sockets: {
      redhat: dkimpy('/etc/dkimpy-milter/dkimpy-milter.conf'),
      debian: dkimpy('/etc/dkimpy-milter/dkimpy-milter.conf'),
      freebsd: dkimpy('/usr/local/etc/dkimpy-milter/dkimpy-milter.conf'),
    },
    conditions: [],
    after: [],
  },
  {
    // Its seal vouches for the results that it finds in Authentication-Results.
    name: 'openarc',
    services: everywhere('openarc'),
    sockets: trusted('openarc.conf', '-c'),
    conditions: [],
    after: ['pyspf-milter', 'enma', 'opendkim', 'dkimpy-milter'],
  },
  {
    // Its verdict is made of the results of these. Mail of our own users is on its way to be signed, not judged.
    name: 'opendmarc',
    services: everywhere('opendmarc'),
    sockets: {
      ...trusted('opendmarc.conf', '-c'),
      freebsd: [
        option('-p'),
        variable('opendmarc_socketspec'),
        config('key-value', 'Socket', ['-c'], ['/usr/local/etc/mail/opendmarc.conf']),
      ],
    },
    conditions: ['Remote Network', 'Unauthenticated'],
    after: ['pyspf-milter', 'enma', 'sid-milter', 'opendkim', 'dkimpy-milter', 'openarc'],
  },
  {
    name: 'clamav-milter',
    services: {
      // The port's scripts were renamed; the rc variables were not.
      freebsd: ['clamav_milter', 'clamav-milter'],
      centos6: ['clamav-milter'],
      redhat: ['clamav-milter'],
      debian: ['clamav-milter'],
    },
    sockets: {
      // clamav_milter_socket in rc.conf is what the script waits for; it does not move the socket.
      freebsd: [clamavConf('/usr/local/etc/clamav-milter.conf')],
      centos6: [clamavConf('/etc/clamav-milter.conf')],
      redhat: [clamavConf('/etc/mail/clamav-milter.conf', '/etc/clamav-milter.conf')],
      debian: [clamavConf('/etc/clamav/clamav-milter.conf')],
    },
    conditions: [],
    after: [],
  },
  {
    // SpamAssassin checks SPF, DKIM and DMARC by itself, so it need not wait for those who did.
    name: 'spamass-milter',
    services: {
      ...everywhere('spamass-milter'),
      redhat: ['spamass-milter', 'spamass-milter-root'],
    },
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
    after: [],
  },
  {
    name: 'rspamd',
    services: everywhere('rspamd'),
    sockets: {
      freebsd: [{ from: 'rspamd', directory: '/usr/local/etc/rspamd' }],
      centos6: [{ from: 'rspamd', directory: '/etc/rspamd' }],
      redhat: [{ from: 'rspamd', directory: '/etc/rspamd' }],
      debian: [{ from: 'rspamd', directory: '/etc/rspamd' }],
    },
    conditions: RECEIVING,
    after: [],
  },
  {
    name: 'amavisd-milter',
    services: everywhere('amavisd-milter'),
    sockets: {
      freebsd: [option('-s'), variable('amavisd_milter_socket')],
      centos6: [option('-s'), variable('SOCKET')],
      redhat: [option('-s'), variable('MILTER_SOCKET'), variable('SOCKET')],
      debian: [
        option('-s'),
        variable('MILTERSOCKET'),
        builtIn('unix:/var/lib/amavis/amavisd-milter.sock'),
      ],
    },
    conditions: [],
    after: [],
  },
  {
    name: 'milter-regex',
    services: {
      freebsd: ['milterregex', 'milter-regex'],
      centos6: ['milter-regex'],
      redhat: ['milter-regex'],
      debian: ['milter-regex'],
    },
    sockets: {
      freebsd: [option('-p'), builtIn('unix:/var/run/milter-regex/sock')],
      centos6: [option('-p'), builtIn('unix:/var/spool/milter-regex/sock')],
      redhat: [option('-p'), builtIn('unix:/run/milter-regex/sock')],
      debian: [option('-p'), builtIn('unix:/var/spool/milter-regex/sock')],
    },
    conditions: RECEIVING,
    after: [],
  },
];

function dkimpy(path: string): SocketRule[] {
  return [
    config('key-value', 'Socket', [''], [path]),
    builtIn('unix:/var/run/dkimpy-milter/dkimpy-milter.sock'),
  ];
}

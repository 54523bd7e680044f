/** Every milter that detection knows, on every family: its service, its usual socket, its default conditions. */
import { describe, expect, it } from 'vitest';
import { detectMilters } from '../../src/milters/detect-milters.ts';
import type { DetectedMilter } from '../../src/detect/detected.ts';
import { hostOf } from '../detect/host-of.ts';

type Files = Record<string, string | { readonly to: string }>;

/** As the C milter-manager groups them: for greylisting, for receiving, and those that have none. */
const GREYLISTING = [
  'Sendmail Compatible',
  'Stress Notify',
  'Trust',
  'Remote Network',
  'S25R',
  'Unauthenticated',
];
const RECEIVING = ['Remote Network', 'Unauthenticated', 'No Stress'];
/** Ours: opendmarc fails mail of which it finds no SPF result, so neither is left out under stress. */
const JUDGING = ['Remote Network', 'Unauthenticated'];
const CONDITIONS: Readonly<Record<string, readonly string[]>> = {
  'milter-greylist': GREYLISTING,
  'pyspf-milter': JUDGING,
  enma: RECEIVING,
  'sid-milter': RECEIVING,
  opendkim: [],
  'dkimpy-milter': [],
  openarc: [],
  opendmarc: JUDGING,
  'clamav-milter': [],
  'spamass-milter': RECEIVING,
  rspamd: RECEIVING,
  'amavisd-milter': [],
  'milter-regex': RECEIVING,
};

/** Where each is told to listen, in the file or by the option that its package uses. */
const CONFIGURED: Files = {
  'pyspf-milter/pyspf-milter.conf': 'Socket = inet:8893@localhost\n',
  'dkimpy-milter/dkimpy-milter.conf': 'Socket local:/run/dkimpy.sock\n',
  'opendkim.conf': 'Socket local:/run/opendkim.sock\n',
  'openarc.conf': 'Socket local:/run/openarc.sock\n',
  'opendmarc.conf': 'Socket local:/run/opendmarc.sock\n',
  'enma.conf': 'milter.socket: inet:10025@127.0.0.1\n',
  'rspamd/local.d/worker-proxy.inc': 'bind_socket = "/run/rspamd.sock mode=0660";\n',
};

const SOCKETS: Readonly<Record<string, string>> = {
  'milter-greylist': 'unix:/run/greylist.sock',
  'pyspf-milter': 'inet:8893@localhost',
  enma: 'inet:10025@[127.0.0.1]',
  'sid-milter': 'unix:/run/sid.sock',
  opendkim: 'unix:/run/opendkim.sock',
  'dkimpy-milter': 'unix:/run/dkimpy.sock',
  openarc: 'unix:/run/openarc.sock',
  opendmarc: 'unix:/run/opendmarc.sock',
  'clamav-milter': 'unix:/run/clamav.sock',
  'spamass-milter': 'unix:/run/spamass.sock',
  rspamd: 'unix:/run/rspamd.sock',
  'amavisd-milter': 'unix:/run/amavisd.sock',
  'milter-regex': 'unix:/run/regex.sock',
};

/** Words with which the service is started. */
const WORDS: Readonly<Record<string, string>> = {
  'pyspf-milter': '/etc/pyspf-milter/pyspf-milter.conf',
  'sid-milter': '-l -p local:/run/sid.sock',
  'spamass-milter': '-p /run/spamass.sock -f',
  'amavisd-milter': '-s local:/run/amavisd.sock',
  'milter-regex': '-p unix:/run/regex.sock',
};

const below = (directory: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${directory}/${path}`, text]));

function systemd(greylist: string, clamav: string): Files {
  const units = Object.keys(SOCKETS).flatMap((name): [string, Files[string]][] => {
    const path = `/usr/lib/systemd/system/${name}.service`;
    return [
      [path, `[Service]\nExecStart=/usr/sbin/${name} ${WORDS[name] ?? ''}\n`],
      [`/etc/systemd/system/multi-user.target.wants/${name}.service`, { to: path }],
    ];
  });
  return {
    ...Object.fromEntries(units),
    ...below('/etc', CONFIGURED),
    [greylist]: 'socket "/run/greylist.sock"\n',
    [clamav]: 'MilterSocket /run/clamav.sock\n',
  };
}

const NOT_ON_CENTOS_6 = ['pyspf-milter', 'dkimpy-milter'];

function centos6(): Files {
  const scripts = Object.keys(SOCKETS)
    .filter((name) => !NOT_ON_CENTOS_6.includes(name))
    .flatMap((name): [string, Files[string]][] => [
      [`/etc/rc.d/init.d/${name}`, '#!/bin/bash\n# chkconfig: 345 79 21\n'],
      [`/etc/rc.d/rc3.d/S79${name}`, { to: `../init.d/${name}` }],
      [`/etc/sysconfig/${name}`, WORDS[name] === undefined ? '' : `OPTIONS="${WORDS[name]}"\n`],
    ]);
  return {
    ...Object.fromEntries(scripts),
    ...below('/etc', CONFIGURED),
    '/etc/mail/greylist.conf': 'socket "/run/greylist.sock"\n',
    '/etc/clamav-milter.conf': 'MilterSocket /run/clamav.sock\n',
  };
}

/** Script, name of its variables. */
const RC_SCRIPTS: Readonly<Record<string, readonly [script: string, name: string]>> = {
  'milter-greylist': ['milter-greylist', 'miltergreylist'],
  'pyspf-milter': ['pyspf-milter', 'pyspf_milter'],
  enma: ['milter-enma', 'milterenma'],
  'sid-milter': ['milter-sid', 'miltersid'],
  opendkim: ['milter-opendkim', 'milteropendkim'],
  'dkimpy-milter': ['dkimpy-milter', 'dkimpy_milter'],
  openarc: ['openarc', 'openarc'],
  opendmarc: ['opendmarc', 'opendmarc'],
  'clamav-milter': ['clamav_milter', 'clamav_milter'],
  'spamass-milter': ['spamass-milter', 'spamass_milter'],
  rspamd: ['rspamd', 'rspamd'],
  'amavisd-milter': ['amavisd-milter', 'amavisd_milter'],
  'milter-regex': ['milterregex', 'milterregex'],
};

function freebsd(): Files {
  const scripts = Object.entries(RC_SCRIPTS).map(
    ([name, [script, variables]]): [string, string] => [
      `/usr/local/etc/rc.d/${script}`,
      `name=${variables}\nrcvar=${variables}_enable\nload_rc_config $name\n: \${${variables}_enable="NO"}\n` +
        (name === 'pyspf-milter' ? '' : `command_args="${WORDS[name] ?? ''}"\n`),
    ],
  );
  const enabled = Object.values(RC_SCRIPTS).map(([, variables]) => `${variables}_enable="YES"\n`);
  return {
    ...Object.fromEntries(scripts),
    ...below('/usr/local/etc', CONFIGURED),
    ...below('/usr/local/etc/mail', CONFIGURED),
    '/etc/rc.conf': enabled.join(''),
    '/usr/local/etc/mail/greylist.conf': 'socket "/run/greylist.sock"\n',
    '/usr/local/etc/clamav-milter.conf': 'MilterSocket /run/clamav.sock\n',
  };
}

describe.each([
  ['debian', systemd('/etc/milter-greylist/greylist.conf', '/etc/clamav/clamav-milter.conf'), []],
  ['redhat', systemd('/etc/mail/greylist.conf', '/etc/mail/clamav-milter.conf'), []],
  ['centos6', centos6(), NOT_ON_CENTOS_6],
  ['freebsd', freebsd(), []],
] as const)('on %s', (platform, files, missing) => {
  const wanted = <T>(of: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(
      Object.entries(of).filter(([name]) => !(missing as readonly string[]).includes(name)),
    );
  const detected = <T>(tell: (milter: DetectedMilter) => T): Readonly<Record<string, T>> => {
    const { milters, warnings } = detectMilters(hostOf(files), platform);
    expect(warnings).toEqual([]);
    return Object.fromEntries(milters.map((milter) => [milter.name, tell(milter)]));
  };

  it('each is found where it is told to listen', () => {
    expect(detected(({ connectionSpec }) => connectionSpec)).toEqual(wanted(SOCKETS));
  });

  it('each is enabled, with the conditions that are its default', () => {
    expect(Object.values(detected(({ enabled }) => enabled))).not.toContain(false);
    expect(detected(({ applicableConditions }) => applicableConditions)).toEqual(
      wanted(CONDITIONS),
    );
  });
});

/** Debian and Red Hat: units, drop-ins, templates, masks, and init scripts without a unit (systemd.unit(5)). */
import { describe, expect, it } from 'vitest';
import { detectMilters } from '../../src/milters/detect-milters.ts';
import type { DetectedMilter } from '../../src/detect/detected.ts';
import { isServiceEnabled } from '../../src/detect/service-enabled.ts';
import type { HostReader } from '../../src/host/host.ts';
import { hostOf } from './host-of.ts';

const UNIT = '/usr/lib/systemd/system/opendkim.service';
const WANTS = '/etc/systemd/system/multi-user.target.wants';
const CONF = { '/etc/opendkim.conf': 'Socket local:/run/opendkim/opendkim.sock # the default\n' };

function unit(execStart: string, more = ''): string {
  return `[Unit]\nDescription=A milter\n[Service]\nExecStart=${execStart}\n${more}[Install]\nWantedBy=multi-user.target\n`;
}

function only(host: HostReader, platform: 'debian' | 'redhat' = 'debian'): DetectedMilter {
  const { milters, warnings } = detectMilters(host, platform);
  expect(warnings).toEqual([]);
  expect(milters).toHaveLength(1);
  return milters[0]!;
}

describe('which unit counts', () => {
  it('finds a unit with its description, disabled without a link', () => {
    const milter = only(hostOf({ ...CONF, [UNIT]: unit('/usr/sbin/opendkim') }));
    expect(milter).toMatchObject({
      name: 'opendkim',
      service: 'opendkim',
      description: 'A milter',
      enabled: false,
      connectionSpec: 'unix:/run/opendkim/opendkim.sock',
      sources: { enabled: UNIT, connectionSpec: '/etc/opendkim.conf:1' },
    });
  });

  it.each([
    '/etc/systemd/system/multi-user.target.wants',
    '/etc/systemd/system/mail.target.requires',
    '/etc/systemd/system/postfix.service.wants',
    '/etc/systemd/system/mail.target.upholds',
    '/run/systemd/system/multi-user.target.wants',
    '/usr/lib/systemd/system/multi-user.target.wants',
  ])('is enabled by a link in %s', (directory) => {
    const link = `${directory}/opendkim.service`;
    const milter = only(
      hostOf({ ...CONF, [UNIT]: unit('/usr/sbin/opendkim'), [link]: { to: UNIT } }),
    );
    expect(milter.enabled).toBe(true);
    expect(milter.sources.enabled).toBe(link);
  });

  it('takes the administrator’s unit before the package’s', () => {
    const milter = only(
      hostOf({
        ...CONF,
        [UNIT]: unit('/usr/sbin/opendkim'),
        '/etc/systemd/system/opendkim.service': unit('/usr/sbin/opendkim -p inet:8891@localhost'),
      }),
    );
    expect(milter.connectionSpec).toBe('inet:8891@localhost');
    expect(milter.sources.connectionSpec).toBe('/etc/systemd/system/opendkim.service:4');
  });

  it('is enabled by its socket', () => {
    const link = '/etc/systemd/system/sockets.target.wants/opendkim.socket';
    const host = hostOf({ ...CONF, [UNIT]: unit('/usr/sbin/opendkim'), [link]: { to: '/x' } });
    expect(only(host)).toMatchObject({ enabled: true, sources: { enabled: link } });
  });

  it('finds a unit that is in /lib only', () => {
    const path = '/lib/systemd/system/opendkim.service';
    expect(only(hostOf({ ...CONF, [path]: unit('/usr/sbin/opendkim') })).enabled).toBe(false);
  });

  it('keeps a masked unit, disabled', () => {
    const mask = '/etc/systemd/system/opendkim.service';
    const milter = only(
      hostOf({
        ...CONF,
        [UNIT]: unit('/usr/sbin/opendkim'),
        [mask]: { to: '/dev/null' },
        [`${WANTS}/opendkim.service`]: { to: UNIT },
      }),
    );
    expect(milter.enabled).toBe(false);
    expect(milter.sources.enabled).toBe(mask);
  });

  it('is not started by a vendor’s link that the administrator masked', () => {
    const milter = only(
      hostOf({
        ...CONF,
        [UNIT]: unit('/usr/sbin/opendkim'),
        '/usr/lib/systemd/system/multi-user.target.wants/opendkim.service': {
          to: '../opendkim.service',
        },
        [`${WANTS}/opendkim.service`]: { to: '/dev/null' },
      }),
    );
    expect(milter.enabled).toBe(false);
  });

  it('follows an alias, and takes the drop-ins of either name', () => {
    const milter = only(
      hostOf({
        ...CONF,
        '/usr/lib/systemd/system/dkim.service': unit('/usr/sbin/opendkim'),
        '/etc/systemd/system/opendkim.service': { to: '/usr/lib/systemd/system/dkim.service' },
        '/etc/systemd/system/dkim.service.d/socket.conf':
          '[Service]\nExecStart=\nExecStart=/usr/sbin/opendkim -p inet:8891\n',
        [`${WANTS}/dkim.service`]: { to: '/usr/lib/systemd/system/dkim.service' },
      }),
    );
    expect(milter).toMatchObject({ enabled: true, connectionSpec: 'inet:8891@localhost' });
  });
});

describe('a link by another name', () => {
  it('starts the unit that the name is an alias of', () => {
    const link = `${WANTS}/dkim.service`;
    const milter = only(
      hostOf({
        ...CONF,
        [UNIT]: unit('/usr/sbin/opendkim'),
        '/etc/systemd/system/dkim.service': { to: UNIT },
        [link]: { to: UNIT },
      }),
    );
    expect(milter).toMatchObject({ enabled: true, sources: { enabled: link } });
  });

  it('finds a unit that the administrator linked from elsewhere', () => {
    const milter = only(
      hostOf({
        ...CONF,
        '/srv/units/opendkim.service': unit('/usr/sbin/opendkim -p inet:8891@localhost'),
        '/etc/systemd/system/opendkim.service': { to: '/srv/units/opendkim.service' },
        [`${WANTS}/opendkim.service`]: { to: '/srv/units/opendkim.service' },
      }),
    );
    expect(milter).toMatchObject({ enabled: true, connectionSpec: 'inet:8891@localhost' });
  });
});

describe('how a unit starts its milter', () => {
  it('puts the unit’s names into environments and their files', () => {
    const more = 'Environment=PORT=1 HOST=%p\nEnvironmentFile=-/etc/default/%N\n';
    const milter = only(
      hostOf({
        [UNIT]: unit('/usr/sbin/opendkim -p inet:${PORT}@${HOST}', more),
        '/etc/default/opendkim': 'PORT=8891\n',
      }),
    );
    expect(milter.connectionSpec).toBe('inet:8891@opendkim');
  });

  it('lets drop-ins replace the command, later names last', () => {
    const milter = only(
      hostOf({
        ...CONF,
        [UNIT]: unit('/usr/sbin/opendkim -p inet:1@localhost'),
        '/etc/systemd/system/opendkim.service.d/20-socket.conf':
          '[Service]\nExecStart=\nExecStart=/usr/sbin/opendkim \\\n  -x /etc/opendkim.conf -p ${SOCKET}\n',
        '/usr/lib/systemd/system/opendkim.service.d/10-socket.conf':
          '[Service]\nExecStart=\nExecStart=/usr/sbin/opendkim -p inet:2@localhost\nEnvironment="SOCKET=inet:3@[127.0.0.1]" OTHER=x\n',
      }),
    );
    expect(milter.connectionSpec).toBe('inet:3@[127.0.0.1]');
    expect(milter.sources.connectionSpec).toBe(
      '/usr/lib/systemd/system/opendkim.service.d/10-socket.conf:4',
    );
  });

  it('lets a drop-in of /etc stand for the vendor’s of the same name', () => {
    const dropIn = (port: number): string =>
      `[Service]\nExecStart=\nExecStart=/usr/sbin/opendkim -p inet:${port}@localhost\n`;
    const milter = only(
      hostOf({
        [UNIT]: unit('/usr/sbin/opendkim'),
        '/etc/systemd/system/opendkim.service.d/local.conf': dropIn(1),
        '/usr/lib/systemd/system/opendkim.service.d/local.conf': dropIn(2),
      }),
    );
    expect(milter.connectionSpec).toBe('inet:1@localhost');
  });

  it('reads environment files in order: the later one wins, Environment= loses, a missing one is no matter', () => {
    const milter = only(
      hostOf({
        '/usr/lib/systemd/system/spamass-milter.service': unit(
          '/usr/sbin/spamass-milter -p ${SOCKET} $SOCKET_OPTIONS $EXTRA_FLAGS',
          'Environment=SOCKET=/run/never\nEnvironmentFile=-/etc/sysconfig/spamass-milter\n' +
            'EnvironmentFile=-/etc/sysconfig/spamass-milter-postfix\nEnvironmentFile=-/etc/sysconfig/none\n',
        ),
        '/etc/sysconfig/spamass-milter':
          '#SOCKET=/x\nSOCKET=/run/spamass-milter/one.sock\nEXTRA_FLAGS="-m -r 15 -- -p 783"\n',
        '/etc/sysconfig/spamass-milter-postfix':
          '# For Postfix\nSOCKET="/run/spamass-milter/postfix/sock"\nSOCKET_OPTIONS="-g postfix"\n',
      }),
      'redhat',
    );
    expect(milter.connectionSpec).toBe('unix:/run/spamass-milter/postfix/sock');
    expect(milter.sources.connectionSpec).toBe('/etc/sysconfig/spamass-milter-postfix:2');
  });

  it('knows the package’s own place where sysconfig says nothing', () => {
    const milter = only(
      hostOf({
        '/usr/lib/systemd/system/spamass-milter.service': unit(
          '/usr/sbin/spamass-milter -p ${SOCKET} $EXTRA_FLAGS',
          'EnvironmentFile=-/etc/sysconfig/spamass-milter\n',
        ),
        '/etc/sysconfig/spamass-milter': '#SOCKET=/run/spamass-milter/spamass-milter.sock\n',
      }),
      'redhat',
    );
    expect(milter.connectionSpec).toBe('unix:/run/spamass-milter/spamass-milter.sock');
  });

  it('splits $OPTIONS into words', () => {
    const milter = only(
      hostOf({
        '/etc/mail/opendkim.conf': 'Socket inet:8891@localhost\n',
        ...CONF,
        [UNIT]: unit('/usr/sbin/opendkim $OPTIONS', 'EnvironmentFile=-/etc/sysconfig/opendkim\n'),
        '/etc/sysconfig/opendkim': 'OPTIONS="-x /etc/mail/opendkim.conf -P /run/opendkim.pid"\n',
      }),
      'redhat',
    );
    expect(milter.connectionSpec).toBe('inet:8891@localhost');
  });

  it('looks into sh -c', () => {
    const path = '/usr/lib/systemd/system/milter-greylist.service';
    const command = "/bin/sh -c 'exec /usr/sbin/milter-greylist -D -p /run/greylist.sock'";
    expect(only(hostOf({ [path]: unit(command) })).connectionSpec).toBe('unix:/run/greylist.sock');
  });
});

describe('instances of a template', () => {
  const template = '/usr/lib/systemd/system/opendkim@.service';
  const host = (): HostReader =>
    hostOf({
      ...CONF,
      [UNIT]: unit('/usr/sbin/opendkim'),
      [template]: unit('/usr/sbin/opendkim -x /etc/opendkim/%i.conf'),
      '/etc/opendkim/in.conf': 'Socket inet:8891@localhost\n',
      '/etc/opendkim/out.conf': 'Socket inet:8892@localhost\n',
      '/usr/lib/systemd/system/opendmarc.service': unit('/usr/sbin/opendmarc'),
      '/etc/opendmarc.conf': 'Socket inet:8893@localhost\n',
      [`${WANTS}/opendkim@in.service`]: { to: template },
      [`${WANTS}/opendkim@out.service`]: { to: template },
    });

  it('are milters of their own', () => {
    const { milters } = detectMilters(host(), 'debian');
    expect(
      milters.map(({ name, service, enabled, connectionSpec }) => [
        name,
        service,
        enabled,
        connectionSpec,
      ]),
    ).toEqual([
      ['opendkim', 'opendkim', false, 'unix:/run/opendkim/opendkim.sock'],
      ['opendkim-in', 'opendkim@in', true, 'inet:8891@localhost'],
      ['opendkim-out', 'opendkim@out', true, 'inet:8892@localhost'],
      ['opendmarc', 'opendmarc', false, 'inet:8893@localhost'],
    ]);
  });

  it('have their names in their environments', () => {
    const sockets = hostOf({
      [template]: unit(
        '/usr/sbin/opendkim -p ${SOCKET}',
        'Environment=SOCKET=local:/run/opendkim/%i.sock\nEnvironmentFile=-/etc/default/%p-%i\n',
      ),
      '/etc/default/opendkim-out': 'SOCKET=inet:8892@localhost\n',
      [`${WANTS}/opendkim@in.service`]: { to: template },
      [`${WANTS}/opendkim@out.service`]: { to: template },
    });
    const { milters } = detectMilters(sockets, 'debian');
    expect(milters.map(({ connectionSpec }) => connectionSpec)).toEqual([
      'unix:/run/opendkim/in.sock',
      'inet:8892@localhost',
    ]);
  });

  it('may be masked, each alone or all together', () => {
    const links = {
      [template]: unit('/usr/sbin/opendkim -p inet:1'),
      [`${WANTS}/opendkim@in.service`]: { to: template },
      [`${WANTS}/opendkim@out.service`]: { to: template },
    };
    const enabled = (mask: string): readonly boolean[] =>
      detectMilters(
        hostOf({ ...links, [`/etc/systemd/system/${mask}`]: { to: '/dev/null' } }),
        'debian',
      ).milters.map((milter) => milter.enabled);
    expect(enabled('opendkim@in.service')).toEqual([false, true]);
    expect(enabled('opendkim@.service')).toEqual([false, false]);
  });

  it('are followed by whoever follows the milter', () => {
    const { milters } = detectMilters(host(), 'debian');
    const opendmarc = milters.find(({ name }) => name === 'opendmarc');
    expect(opendmarc?.after).toEqual(
      expect.arrayContaining(['opendkim', 'opendkim-in', 'opendkim-out']),
    );
  });

  it('are services by their full name', () => {
    expect(isServiceEnabled(host(), 'systemd', 'opendkim@in')).toBe(true);
    expect(isServiceEnabled(host(), 'systemd', 'opendkim@other.service')).toBe(false);
    expect(isServiceEnabled(host(), 'systemd', 'opendkim.service')).toBe(false);
    expect(isServiceEnabled(host(), 'systemd', 'postfix')).toBeUndefined();
  });
});

describe('init scripts of Debian', () => {
  const SCRIPT = '/etc/init.d/spamass-milter';
  const script = [
    '#!/bin/sh',
    'DAEMON=/usr/sbin/spamass-milter',
    'SOCKET=/var/run/spamass/spamass.sock',
    'DEFAULT=/etc/default/spamass-milter',
    'test -x $DAEMON || exit 0',
    'if [ -x /usr/sbin/postfix ]; then',
    '    SOCKET="/var/spool/postfix/spamass/spamass.sock"',
    'fi;',
    'if [ -r $DEFAULT ]; then',
    '    . $DEFAULT;',
    'fi;',
    '',
  ].join('\n');
  const link = { '/etc/rc2.d/S01spamass-milter': { to: '../init.d/spamass-milter' } };

  it('put the socket where they do without Postfix', () => {
    const milter = only(hostOf({ [SCRIPT]: script, ...link }));
    expect(milter).toMatchObject({
      enabled: true,
      connectionSpec: 'unix:/var/run/spamass/spamass.sock',
      sources: { enabled: '/etc/rc2.d/S01spamass-milter', connectionSpec: `${SCRIPT}:3` },
    });
  });

  it('listen where /etc/default says', () => {
    const milter = only(
      hostOf({
        [SCRIPT]: script,
        ...link,
        '/etc/default/spamass-milter':
          'OPTIONS="-u spamass-milter -i 127.0.0.1"\nOPTIONS="${OPTIONS} -r 15"\nSOCKET="inet:11120@127.0.0.1"\n',
      }),
    );
    expect(milter.connectionSpec).toBe('inet:11120@[127.0.0.1]');
    expect(milter.sources.connectionSpec).toBe('/etc/default/spamass-milter:3');
  });

  it.each([
    ['without a link', {}, '', SCRIPT],
    [
      'with a K link',
      { '/etc/rc2.d/K01spamass-milter': { to: '../init.d/spamass-milter' } },
      '',
      SCRIPT,
    ],
    ['with ENABLED=0', link, 'ENABLED=0\n', '/etc/default/spamass-milter:1'],
    [
      'masked',
      { ...link, '/etc/systemd/system/spamass-milter.service': { to: '/dev/null' } },
      '',
      '/etc/systemd/system/spamass-milter.service',
    ],
  ])('are off %s, and keep their socket', (_, links, defaults, enabledBy) => {
    const milter = only(
      hostOf({ [SCRIPT]: script, ...links, '/etc/default/spamass-milter': defaults }),
    );
    expect(milter.enabled).toBe(false);
    expect(milter.sources.enabled).toBe(enabledBy);
    expect(milter.connectionSpec).toBe('unix:/var/run/spamass/spamass.sock');
  });

  // What dpkg 1.21 leaves of a package with a conffile, after --remove.
  it('are nothing once their package was removed, though they and their links stay', () => {
    const list = '/var/lib/dpkg/info/spamass-milter.list';
    const kept = '/.\n/etc\n/etc/init.d\n/etc/init.d/spamass-milter\n';
    const installed = {
      [SCRIPT]: script,
      ...link,
      [list]: `${kept}/usr\n/usr/sbin\n/usr/sbin/x\n`,
    };
    expect(only(hostOf(installed)).enabled).toBe(true);
    const { milters } = detectMilters(hostOf({ ...installed, [list]: kept }), 'debian');
    expect(milters).toEqual([]);
  });

  it('do as a drop-in for their unit says', () => {
    const milter = only(
      hostOf({
        [SCRIPT]: script,
        ...link,
        '/etc/systemd/system/spamass-milter.service.d/override.conf':
          '[Service]\nExecStart=\nExecStart=/usr/sbin/spamass-milter -p /var/run/spamass-milter.sock -g postfix\n',
      }),
    );
    expect(milter).toMatchObject({
      enabled: true,
      connectionSpec: 'unix:/var/run/spamass-milter.sock',
    });
  });

  it("have opendkim's SOCKET only where its file has no Socket, as the package's script does", () => {
    const script = {
      '/etc/init.d/opendkim': `#!/bin/sh
SOCKET=local:/run/opendkim/opendkim.sock
. /etc/default/opendkim
CONFIG_SOCKET=\`awk '$1 == "Socket" { print $2 }' /etc/opendkim.conf\`
if [ -n "$SOCKET" -a -z "$CONFIG_SOCKET" ]; then
  DAEMON_OPTS="-p $SOCKET $DAEMON_OPTS"
fi
`,
      '/etc/default/opendkim': 'SOCKET=inet:1@localhost\n',
      '/etc/rc2.d/S01opendkim': { to: '../init.d/opendkim' },
    };
    const spec = (conf: string): unknown =>
      only(hostOf({ ...script, '/etc/opendkim.conf': conf })).connectionSpec;
    expect(spec('Socket inet:8891@localhost\n')).toBe('inet:8891@localhost');
    expect(spec('UMask 007\n')).toBe('inet:1@localhost');
  });

  it("have milter-greylist's SOCKET, which its script passes on", () => {
    const milter = only(
      hostOf({
        '/etc/init.d/milter-greylist':
          '#!/bin/sh\nSOCKET=/var/run/milter-greylist/milter-greylist.sock\n[ -r /etc/default/milter-greylist ] && . /etc/default/milter-greylist\nOPTS="-P $PIDFILE -p $SOCKET"\n',
        '/etc/default/milter-greylist': 'ENABLED=1\nSOCKET="inet:11125@[127.0.0.1]"\n',
        '/etc/milter-greylist/greylist.conf': 'socket "/run/milter-greylist/other.sock"\n',
        '/etc/rc2.d/S01milter-greylist': { to: '../init.d/milter-greylist' },
      }),
    );
    expect(milter.connectionSpec).toBe('inet:11125@[127.0.0.1]');
  });

  it('count for nothing where a unit has their name', () => {
    const milter = only(
      hostOf({
        ...CONF,
        '/etc/init.d/opendkim': '#!/bin/sh\n. /etc/default/opendkim\n',
        '/etc/default/opendkim': 'SOCKET=inet:1@localhost\n',
        '/etc/rc2.d/S01opendkim': { to: '../init.d/opendkim' },
        [UNIT]: unit('/usr/sbin/opendkim'),
      }),
    );
    expect(milter).toMatchObject({
      enabled: false,
      connectionSpec: 'unix:/run/opendkim/opendkim.sock',
    });
  });
});

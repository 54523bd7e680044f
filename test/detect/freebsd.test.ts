/** FreeBSD: rc.d scripts and the rc.conf family, by the rules of rc.subr(8). */
import { describe, expect, it } from 'vitest';
import { detectMilters } from '../../src/milters/detect-milters.ts';
import type { DetectedMilter } from '../../src/detect/detected.ts';
import { isServiceEnabled } from '../../src/detect/service-enabled.ts';
import { hostOf } from './host-of.ts';

type Files = Parameters<typeof hostOf>[0];

const RC_D = '/usr/local/etc/rc.d';
const SPAMASS = {
  [`${RC_D}/spamass-milter`]: [
    '#!/bin/sh',
    '. /etc/rc.subr',
    'name=spamass_milter',
    'rcvar=spamass_milter_enable',
    'load_rc_config $name',
    ': ${spamass_milter_enable="NO"}',
    ': ${spamass_milter_socket="/var/run/spamass-milter.sock"}',
    ': ${spamass_milter_flags="-f -p ${spamass_milter_socket} ${spamass_milter_localflags}"}',
    'run_rc_command "$1"',
    '',
  ].join('\n'),
};

function only(files: Files): DetectedMilter {
  const { milters, warnings } = detectMilters(hostOf(files), 'freebsd');
  expect(warnings).toEqual([]);
  expect(milters).toHaveLength(1);
  return milters[0]!;
}

describe('enabling', () => {
  it.each([
    'YES',
    'yes',
    '"YES"',
    "'True'",
    'on',
    '1',
    '"YES" # at boot',
    'NO\nspamass_milter_enable=YES',
  ])('is on with spamass_milter_enable=%s', (value) => {
    const milter = only({ ...SPAMASS, '/etc/rc.conf': `spamass_milter_enable=${value}\n` });
    expect(milter.enabled).toBe(true);
    expect(milter.sources.enabled).toMatch(/^\/etc\/rc\.conf:[12]$/);
  });

  it.each(['NO', '"NO"', '""', '0', 'maybe', 'YES\nspamass_milter_enable="NO"'])(
    'is off with spamass_milter_enable=%s',
    (value) => {
      expect(only({ ...SPAMASS, '/etc/rc.conf': `spamass_milter_enable=${value}\n` }).enabled).toBe(
        false,
      );
    },
  );

  it('is off by the script’s own default', () => {
    const milter = only(SPAMASS);
    expect(milter.enabled).toBe(false);
    expect(milter.sources.enabled).toBe(`${RC_D}/spamass-milter:6`);
    expect(milter.connectionSpec).toBe('unix:/var/run/spamass-milter.sock');
  });

  // The document's last page says `xxx_enabled`, which rc(8) never asks for.
  it('is not changed by spamass_milter_enabled', () => {
    expect(only({ ...SPAMASS, '/etc/rc.conf': 'spamass_milter_enabled="YES"\n' }).enabled).toBe(
      false,
    );
  });

  it('needs the script: a leftover line of rc.conf installs nothing', () => {
    const host = hostOf({ '/etc/rc.conf': 'spamass_milter_enable="YES"\n' });
    expect(detectMilters(host, 'freebsd').milters).toEqual([]);
    expect(isServiceEnabled(host, 'rc.d', 'spamass-milter')).toBeUndefined();
  });
});

describe('the files of rc.conf', () => {
  const layers: readonly (readonly [path: string, socket: string])[] = [
    ['/etc/defaults/rc.conf', '/defaults.sock'],
    ['/etc/rc.conf', '/rc.conf.sock'],
    ['/etc/rc.conf.local', '/rc.conf.local.sock'],
    ['/etc/rc.conf.d/spamass_milter', '/base.sock'],
    ['/usr/local/etc/rc.conf.d/spamass_milter', '/ports.sock'],
  ];

  it.each(layers.map((_, index) => index))('layer %i wins over those before it', (index) => {
    const files = Object.fromEntries(
      layers
        .slice(0, index + 1)
        .map(([path, socket]) => [path, `spamass_milter_socket="${socket}"\n`]),
    );
    const milter = only({ ...SPAMASS, ...files });
    expect(milter.connectionSpec).toBe(`unix:${layers[index]![1]}`);
    expect(milter.sources.connectionSpec).toBe(`${layers[index]![0]}:1`);
  });

  it('may be a directory for the service', () => {
    const milter = only({
      ...SPAMASS,
      '/etc/rc.conf.d/spamass_milter/10-socket': 'spamass_milter_socket=/one.sock\n',
      '/etc/rc.conf.d/spamass_milter/20-socket': 'spamass_milter_socket=/two.sock\n',
    });
    expect(milter.connectionSpec).toBe('unix:/two.sock');
  });

  it('may be others, and include more', () => {
    const milter = only({
      ...SPAMASS,
      '/etc/defaults/rc.conf': 'rc_conf_files="/etc/rc.conf /etc/rc.conf.site"\n',
      '/etc/rc.conf': '. /etc/rc.common\n',
      '/etc/rc.common': 'sockets=/var/run/milters\n',
      '/etc/rc.conf.site':
        'if [ -d /var/run/milters ]; then spamass_milter_socket=$sockets/spamass.sock; fi\n',
      '/var/run/milters/README': '',
    });
    expect(milter.connectionSpec).toBe('unix:/var/run/milters/spamass.sock');
  });

  it('is a warning where sh would not read it, and the rest still counts', () => {
    const { milters, warnings } = detectMilters(
      hostOf({
        ...SPAMASS,
        '/etc/rc.conf': 'spamass_milter_enable="YES\n',
        '/etc/rc.conf.local': 'spamass_milter_socket=/local.sock\n',
      }),
      'freebsd',
    );
    expect(milters[0]?.connectionSpec).toBe('unix:/local.sock');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('/etc/rc.conf: line 1');
  });
});

describe('sockets', () => {
  it('come from flags, which replace the script’s whole command line', () => {
    const milter = only({
      ...SPAMASS,
      '/etc/rc.conf': 'spamass_milter_flags="-f -p inet:11120@127.0.0.1 -- -p 783"\n',
    });
    expect(milter.connectionSpec).toBe('inet:11120@[127.0.0.1]');
  });

  it('of opendkim come from its file where rc.conf names none', () => {
    const script = [
      'name="milteropendkim"',
      'rcvar=milteropendkim_enable',
      'load_rc_config $name',
      ': ${milteropendkim_enable:="NO"}',
      ': ${milteropendkim_cfgfile:="/usr/local/etc/mail/opendkim.conf"}',
      'if [ -n "$2" ]; then',
      '  command_args="-p never"',
      'else',
      '  if [ -f "${milteropendkim_cfgfile}" ];then',
      '    milteropendkim_cfgfile="-x ${milteropendkim_cfgfile}"',
      '  else',
      '    milteropendkim_cfgfile=""',
      '  fi',
      '  if [ -n "${milteropendkim_socket}" ];then',
      '    _socket_prefix="-p"',
      '  fi',
      '  command_args="-l ${_socket_prefix} ${milteropendkim_socket} ${milteropendkim_cfgfile}"',
      'fi',
      '',
    ].join('\n');
    const files = {
      [`${RC_D}/milter-opendkim`]: script,
      '/usr/local/etc/mail/opendkim.conf': 'Socket\t\t\tinet:8891@localhost\n',
      '/usr/local/etc/other.conf': 'Socket inet:8892@localhost\n',
    };
    expect(only(files)).toMatchObject({
      name: 'opendkim',
      service: 'milter-opendkim',
      connectionSpec: 'inet:8891@localhost',
    });
    const other = 'milteropendkim_cfgfile=/usr/local/etc/other.conf\n';
    expect(only({ ...files, '/etc/rc.conf': other }).connectionSpec).toBe('inet:8892@localhost');
    const socket = `${other}milteropendkim_socket="local:/var/run/milteropendkim/socket"\n`;
    expect(only({ ...files, '/etc/rc.conf': socket }).connectionSpec).toBe(
      'unix:/var/run/milteropendkim/socket',
    );
  });

  it('of profiles are milters of their own', () => {
    const { milters } = detectMilters(
      hostOf({
        [`${RC_D}/milter-opendkim`]:
          'name=milteropendkim\nload_rc_config $name\n: ${milteropendkim_enable:=NO}\n',
        '/etc/rc.conf': [
          'milteropendkim_enable=YES',
          'milteropendkim_profiles="inner outer"',
          'milteropendkim_inner_enable=NO',
          'milteropendkim_inner_socket=local:/var/run/inner.sock',
          'milteropendkim_outer_socket=inet:8892@localhost',
          '',
        ].join('\n'),
      }),
      'freebsd',
    );
    expect(
      milters.map(({ name, service, enabled, connectionSpec }) => [
        name,
        service,
        enabled,
        connectionSpec,
      ]),
    ).toEqual([
      ['opendkim-inner', 'milter-opendkim', false, 'unix:/var/run/inner.sock'],
      ['opendkim-outer', 'milter-opendkim', true, 'inet:8892@localhost'],
    ]);
  });

  it('of clamav-milter come from its file under either name of the script, and Example turns it off', () => {
    for (const script of ['clamav-milter', 'clamav_milter']) {
      const files = {
        [`${RC_D}/${script}`]: 'name=clamav_milter\nload_rc_config $name\n',
        '/etc/rc.conf': 'clamav_milter_enable=YES\nclamav_milter_socket=/elsewhere\n',
        '/usr/local/etc/clamav-milter.conf': 'MilterSocket /var/run/clamav/clmilter.sock\n',
      };
      expect(only(files)).toMatchObject({
        name: 'clamav-milter',
        service: script,
        enabled: true,
        connectionSpec: 'unix:/var/run/clamav/clmilter.sock',
      });
      const example = 'MilterSocket /var/run/clamav/clmilter.sock\n  Example\n';
      const off = only({ ...files, '/usr/local/etc/clamav-milter.conf': example });
      expect(off.enabled).toBe(false);
      expect(off.sources.enabled).toBe('/usr/local/etc/clamav-milter.conf:2');
    }
  });

  it('of the others come from their scripts’ defaults and files', () => {
    const script = (name: string, ...lines: readonly string[]): string =>
      ['#!/bin/sh', `name="${name}"`, 'load_rc_config $name', ...lines, ''].join('\n');
    const { milters, warnings } = detectMilters(
      hostOf({
        [`${RC_D}/opendmarc`]: script(
          'opendmarc',
          'opendmarc_socketspec=${opendmarc_socketspec-"inet:8893@localhost"}',
          'opendmarc_flags=${opendmarc_flags-"-l -p $opendmarc_socketspec"}',
        ),
        [`${RC_D}/amavisd-milter`]: script(
          'amavisd_milter',
          ': ${amavisd_milter_socket:="/var/amavis/amavisd-milter.sock"}',
          'command_args="-s ${amavisd_milter_socket} -S /var/amavis/amavisd.sock"',
        ),
        [`${RC_D}/milter-sid`]: script(
          'miltersid',
          ': ${miltersid_socket="local:/var/run/sid-filter"}',
          'command_args="-l -p ${miltersid_socket}"',
        ),
        [`${RC_D}/milter-enma`]: script(
          'milterenma',
          'milterenma_cfgfile=${milterenma_cfgfile:-"/usr/local/etc/enma.conf"}',
          'command_args="-c ${milterenma_cfgfile}"',
        ),
        '/usr/local/etc/enma.conf': '# ENMA\nmilter.socket: inet:10025@127.0.0.1\n',
        [`${RC_D}/milterregex`]: script('milterregex'),
        [`${RC_D}/rspamd`]: script('rspamd', ': ${rspamd_enable="NO"}'),
        '/usr/local/etc/rspamd/local.d/worker-proxy.inc':
          'bind_socket = "/var/run/rspamd/milter.sock mode=0660 owner=rspamd";\n',
      }),
      'freebsd',
    );
    expect(warnings).toEqual([]);
    expect(
      Object.fromEntries(milters.map((milter) => [milter.name, milter.connectionSpec])),
    ).toEqual({
      enma: 'inet:10025@[127.0.0.1]',
      'sid-milter': 'unix:/var/run/sid-filter',
      opendmarc: 'inet:8893@localhost',
      rspamd: 'unix:/var/run/rspamd/milter.sock',
      'amavisd-milter': 'unix:/var/amavis/amavisd-milter.sock',
      'milter-regex': 'unix:/var/run/milter-regex/sock',
    });
  });
});

/** Milters' own config files, read as their programs read them; what does not parse is a warning, never a failure. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectMilters } from '../../src/milters/detect-milters.ts';
import { hostOf } from './host-of.ts';

const UNITS = '/usr/lib/systemd/system';
const WANTS = '/etc/systemd/system/multi-user.target.wants';

/** A Debian host with one enabled milter. */
function enabled(
  name: string,
  execStart: string,
  files: Readonly<Record<string, string>>,
): ReturnType<typeof detectMilters> {
  return detectMilters(
    hostOf({
      [`${UNITS}/${name}.service`]: `[Service]\nExecStart=${execStart}\n`,
      [`${WANTS}/${name}.service`]: { to: `${UNITS}/${name}.service` },
      ...files,
    }),
    'debian',
  );
}

describe('greylist.conf', () => {
  const CONF = '/etc/milter-greylist/greylist.conf';
  const greylist = (conf: string, words = ''): ReturnType<typeof detectMilters> =>
    enabled('milter-greylist', `/usr/sbin/milter-greylist${words}`, { [CONF]: conf });

  it('gives the last socket, without its mode', () => {
    const { milters } = greylist(
      '# socket "/comment"\nsocket "/first" 600\n Socket "/last" 660 # mode\n',
    );
    expect(milters[0]?.connectionSpec).toBe('unix:/last');
    expect(milters[0]?.sources.connectionSpec).toBe(`${CONF}:3`);
  });

  it('gives way to -p', () => {
    expect(greylist('socket "/file"\n', ' -D -p inet:1234').milters[0]?.connectionSpec).toBe(
      'inet:1234@localhost',
    );
  });

  it.each([
    ['racl blacklist addr 192.0.2.0/24 tarpit 30s\n', 30],
    ['racl greylist default delay 10m tarpit 2m\nracl greylist addr 192.0.2.1 tarpit 45\n', 120],
    ['acl greylist \\\n  default tarpit 1h\n', 3600],
    ['# racl greylist default tarpit 1h\nracl greylist default\n', undefined],
  ])('%j makes it answer %s seconds later', (racls, seconds) => {
    expect(greylist(`socket "/s"\n${racls}`).milters[0]?.tarpit).toBe(seconds);
  });

  it('that does not parse is a warning, and the milter stays', () => {
    const { milters, warnings } = greylist('socket "/run/greylist.sock\n');
    expect(milters).toMatchObject([
      { name: 'milter-greylist', enabled: true, connectionSpec: undefined },
    ]);
    expect(warnings.join('\n')).toContain(CONF);
  });
});

describe('clamav-milter.conf', () => {
  const CONF = '/etc/clamav/clamav-milter.conf';
  const clamav = (conf: string): ReturnType<typeof detectMilters> =>
    enabled('clamav-milter', `/usr/sbin/clamav-milter --config-file=${CONF}`, { [CONF]: conf });

  it('gives the first socket', () => {
    const { milters } = clamav(
      'MilterSocketMode 660\nMilterSocket "/first.sock"\nMilterSocket /second.sock\n',
    );
    expect(milters[0]).toMatchObject({ enabled: true, connectionSpec: 'unix:/first.sock' });
    expect(milters[0]?.sources.connectionSpec).toBe(`${CONF}:2`);
  });

  it('does not run with a line that begins with Example', () => {
    const { milters, warnings } = clamav(
      '# Example\nExamplesToo\nMilterSocket inet:7357@localhost\n',
    );
    expect(milters[0]).toMatchObject({ enabled: false, connectionSpec: 'inet:7357@localhost' });
    expect(milters[0]?.sources.enabled).toBe(`${CONF}:2`);
    expect(warnings).toEqual([]);
  });

  // Red Hat's stock file: the socket is yet to be chosen.
  it('without a socket is a warning once the milter is started', () => {
    const { milters, warnings } = clamav('#MilterSocket /run/clamav-milter/clamav-milter.socket\n');
    expect(milters[0]?.connectionSpec).toBeUndefined();
    expect(warnings).toEqual([
      `${WANTS}/clamav-milter.service: clamav-milter is started, but no socket of it is configured`,
    ]);
  });
});

describe('opendkim.conf and its like', () => {
  it.each([
    [
      'opendkim',
      '/usr/sbin/opendkim',
      '/etc/opendkim.conf',
      'socket\tinet:8891@localhost # custom',
    ],
    [
      'opendmarc',
      '/usr/sbin/opendmarc -c /etc/mail/dmarc.conf',
      '/etc/mail/dmarc.conf',
      'Socket inet:8891@localhost',
    ],
    ['openarc', '/usr/sbin/openarc', '/etc/openarc.conf', 'Socket   inet:8891@localhost'],
    [
      'pyspf-milter',
      '/usr/bin/pyspf-milter /etc/pyspf-milter/pyspf-milter.conf',
      '/etc/pyspf-milter/pyspf-milter.conf',
      'debugLevel = 1\n#Socket = local:/x\nSocket = inet:8891@localhost',
    ],
    [
      'dkimpy-milter',
      '/usr/bin/dkimpy-milter /etc/dkimpy-milter/dkimpy-milter.conf -P /run/dkimpy-milter/dkimpy-milter.pid',
      '/etc/dkimpy-milter/dkimpy-milter.conf',
      'UMask 007\nSocket inet:8891@localhost',
    ],
  ])('%s: Socket', (name, execStart, path, conf) => {
    const { milters, warnings } = enabled(name, execStart, { [path]: `${conf}\n` });
    expect(milters).toMatchObject([{ name, enabled: true, connectionSpec: 'inet:8891@localhost' }]);
    expect(warnings).toEqual([]);
  });

  it('may hold what nobody can connect to: a warning once the milter is started', () => {
    const conf = { '/etc/opendkim.conf': 'Socket\tinet:port@localhost\n' };
    const { milters, warnings } = enabled('opendkim', '/usr/sbin/opendkim', conf);
    expect(milters[0]).toMatchObject({ enabled: true, connectionSpec: undefined });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^\/etc\/opendkim\.conf:1: .*port/);
    const idle = hostOf({
      [`${UNITS}/opendkim.service`]: '[Service]\nExecStart=/usr/sbin/opendkim\n',
      ...conf,
    });
    expect(detectMilters(idle, 'debian').warnings).toEqual([]);
  });
});

describe('rspamd', () => {
  const MAIN = [
    'worker "normal" {',
    '    bind_socket = "localhost:11333";',
    '}',
    'worker "rspamd_proxy" {',
    '    bind_socket = "localhost:11332";',
    '    .include "$CONFDIR/worker-proxy.inc"',
    '}',
    'worker "fuzzy" {',
    '    bind_socket = "localhost:11335";',
    '    count = -1;',
    '}',
    '',
  ].join('\n');
  const STOCK = {
    '/etc/rspamd/rspamd.conf': MAIN,
    '/etc/rspamd/worker-proxy.inc':
      'milter = yes; # Enable milter mode\nupstream "local" {\n  default = yes;\n  hosts = "localhost";\n}\ncount = 1;\n',
  };
  const rspamd = (files: Readonly<Record<string, string>>): ReturnType<typeof detectMilters> =>
    enabled('rspamd', '/usr/bin/rspamd -c /etc/rspamd/rspamd.conf -f', { ...STOCK, ...files });

  it.each([
    [{}, 'inet:11332@localhost', '/etc/rspamd/rspamd.conf:5'],
    [
      {
        '/etc/rspamd/local.d/worker-proxy.inc':
          'bind_socket = "/run/rspamd/milter.sock mode=0660";\n',
      },
      'unix:/run/rspamd/milter.sock',
      '/etc/rspamd/local.d/worker-proxy.inc:1',
    ],
    [
      {
        '/etc/rspamd/local.d/worker-proxy.inc': 'bind_socket = "*:9900";\n',
        '/etc/rspamd/override.d/worker-proxy.inc':
          '# ours\nbind_socket = ["/run/a.sock", "localhost:1"];\n',
      },
      'unix:/run/a.sock',
      '/etc/rspamd/override.d/worker-proxy.inc:2',
    ],
    [
      {
        '/etc/rspamd/local.d/worker-proxy.inc':
          'bind_socket = "127.0.0.1:9900";\nbind_socket = "[::1]:9900";\n',
      },
      'inet:9900@[127.0.0.1]',
      '/etc/rspamd/local.d/worker-proxy.inc:1',
    ],
    [
      {
        '/etc/rspamd/local.d/worker-proxy.inc':
          'milter = yes;\nbind_socket = [\n  "/run/a.sock mode=0660", # first\n  "localhost:1",\n];\n',
      },
      'unix:/run/a.sock',
      '/etc/rspamd/local.d/worker-proxy.inc:2',
    ],
    [
      {
        '/etc/rspamd/local.d/worker-proxy.inc':
          "/* bind_socket = 'localhost:1'; */ count = 2; bind_socket = '/run/a.sock';\n",
      },
      'unix:/run/a.sock',
      '/etc/rspamd/local.d/worker-proxy.inc:1',
    ],
    [
      {
        '/etc/rspamd/rspamd.conf.local':
          'worker "rspamd_proxy" { bind_socket = "127.0.0.1:9900"; upstream "x" { hosts = "h"; bind_socket = "no"; } }\n',
      },
      'inet:9900@[127.0.0.1]',
      '/etc/rspamd/rspamd.conf.local:1',
    ],
    [
      { '/etc/rspamd/local.d/worker-proxy.inc': 'bind_socket: localhost:9900\nmilter on\n' },
      'inet:9900@localhost',
      '/etc/rspamd/local.d/worker-proxy.inc:1',
    ],
  ])('%j listens on %s', (files, spec, source) => {
    const { milters, warnings } = rspamd(files);
    expect(milters).toMatchObject([{ name: 'rspamd', enabled: true, connectionSpec: spec }]);
    expect(milters[0]?.sources.connectionSpec).toBe(source);
    expect(warnings).toEqual([]);
  });

  it('is no milter where its proxy does not speak the protocol', () => {
    const { milters, warnings } = rspamd({
      '/etc/rspamd/local.d/worker-proxy.inc': 'milter = no;\n',
    });
    expect(milters).toMatchObject([{ name: 'rspamd', enabled: false }]);
    expect(milters[0]?.sources.enabled).toBe('/etc/rspamd/local.d/worker-proxy.inc:1');
    expect(warnings).toEqual([]);
  });
});

describe('amavisd-milter', () => {
  it('listens at its package’s place, or where /etc/default says', () => {
    const files = {
      '/etc/init.d/amavisd-milter':
        '#!/bin/sh\n[ -r "/etc/default/amavisd-milter" ] && . "/etc/default/amavisd-milter"\n',
    };
    const detect = (more: Readonly<Record<string, string>>): string | undefined =>
      detectMilters(hostOf({ ...files, ...more }), 'debian').milters[0]?.connectionSpec;
    expect(detect({})).toBe('unix:/var/lib/amavis/amavisd-milter.sock');
    expect(detect({ '/etc/default/amavisd-milter': 'MILTERSOCKET=inet:60001@127.0.0.1\n' })).toBe(
      'inet:60001@[127.0.0.1]',
    );
  });
});

describe('detection', () => {
  it('gives the milters in the order in which they are asked', () => {
    const names = [
      'spamass-milter',
      'rspamd',
      'clamav-milter',
      'opendmarc',
      'openarc',
      'opendkim',
      'dkimpy-milter',
      'pyspf-milter',
      'milter-greylist',
      'milter-regex',
      'amavisd-milter',
    ];
    const files = names.map((name) => [
      `${UNITS}/${name}.service`,
      '[Service]\nExecStart=/bin/true\n',
    ]);
    const { milters } = detectMilters(
      hostOf(Object.fromEntries(files) as Record<string, string>),
      'redhat',
    );
    const order = milters.map(({ name }) => name);
    expect([...order].sort()).toEqual([...names].sort());
    const inOrder = (...wanted: readonly string[]): void => {
      expect(order.filter((name) => wanted.includes(name))).toEqual(wanted);
    };
    inOrder(
      'milter-greylist',
      'pyspf-milter',
      'opendkim',
      'openarc',
      'opendmarc',
      'clamav-milter',
      'spamass-milter',
    );
    inOrder('dkimpy-milter', 'openarc', 'opendmarc');
    // A milter comes behind all whose changes it must see.
    for (const { name, after } of milters) {
      for (const each of after.filter((other) => order.includes(other))) {
        expect(order.indexOf(each), `${each} before ${name}`).toBeLessThan(order.indexOf(name));
      }
    }
  });

  it('tells opendmarc to wait for those whose results it judges', () => {
    const { milters } = enabled('opendmarc', '/usr/sbin/opendmarc -p inet:8893@localhost', {});
    expect(milters[0]?.after).toEqual(
      expect.arrayContaining(['opendkim', 'pyspf-milter', 'openarc']),
    );
  });

  it('finds nothing on an empty host', () => {
    for (const platform of ['freebsd', 'centos6', 'redhat', 'debian'] as const) {
      expect(detectMilters(hostOf({}), platform)).toEqual({ milters: [], warnings: [] });
    }
  });

  it('never fails, whatever is in the files', () => {
    const line = fc.oneof(
      fc.string({ maxLength: 20, unit: 'binary' }),
      fc.constantFrom(
        'if [ x',
        'A=`',
        'Socket',
        '[Service]',
        'ExecStart=${',
        'case x in',
        '}',
        '"',
        '. /etc/rc.conf',
      ),
    );
    const text = fc.array(line, { maxLength: 5 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (service, settings) => {
        const host = hostOf({
          '/usr/local/etc/rc.d/milter-greylist': service,
          '/etc/rc.conf': settings,
          '/etc/init.d/spamass-milter': service,
          '/etc/default/spamass-milter': settings,
          [`${UNITS}/opendkim.service`]: service,
          '/etc/opendkim.conf': settings,
          '/etc/rspamd/rspamd.conf': settings,
          [`${UNITS}/rspamd.service`]: service,
          [`${UNITS}/clamav-milter.service`]: service,
          '/etc/clamav/clamav-milter.conf': settings,
        });
        expect(detectMilters(host, 'freebsd').milters).toHaveLength(1);
        expect(detectMilters(host, 'debian').milters.length).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 20 },
    );
  });

  it('says which file it could not read, and finds the rest', () => {
    const host = hostOf({
      [`${UNITS}/opendkim.service`]: '[Service]\nExecStart=/usr/sbin/opendkim\n',
      '/etc/opendkim.conf/file': 'a directory in place of the file',
      [`${UNITS}/opendmarc.service`]: '[Service]\nExecStart=/usr/sbin/opendmarc\n',
      '/etc/opendmarc.conf': 'Socket inet:8893@localhost\n',
    });
    const { milters, warnings } = detectMilters(host, 'debian');
    expect(milters.map(({ connectionSpec }) => connectionSpec)).toEqual([
      undefined,
      'inet:8893@localhost',
    ]);
    expect(warnings).toEqual(['/etc/opendkim.conf is a directory']);
  });
});

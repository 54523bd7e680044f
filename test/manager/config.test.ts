import { describe, expect, it } from 'vitest';
import type { DetectedMilter } from '../../src/detect/detected.ts';
import { ConfigurationError, type Configuration } from '../../src/manager-config/config.ts';
import { readConfiguration } from '../../src/manager-config/read-configuration.ts';
import { remarksOn } from '../../src/manager-config/remarks.ts';
import { configurationAsJson, showConfiguration } from '../../src/manager/program/show-config.ts';

const PATH = '/etc/milter-manager/milter-manager.ini';

function read(text: string, milters: readonly DetectedMilter[] = []): Configuration {
  return readConfiguration({ text, path: PATH, detect: () => ({ milters, warnings: [] }) });
}

function problems(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof ConfigurationError)
      return error.problems.map(({ where, what }) => `${where}: ${what}`);
    throw error;
  }
  return [];
}

const GREYLIST: DetectedMilter = {
  name: 'milter-greylist',
  description: 'greylisting',
  service: 'milter-greylist',
  enabled: true,
  connectionSpec: 'unix:/run/greylist.sock',
  applicableConditions: ['S25R', 'Unauthenticated'],
  after: [],
  sources: { connectionSpec: '/etc/milter-greylist/greylist.conf:3', enabled: '/etc/x:1' },
  tarpit: 10,
};
const SPAMASS: DetectedMilter = {
  name: 'spamass-milter',
  description: undefined,
  service: 'spamass-milter',
  enabled: false,
  connectionSpec: undefined,
  applicableConditions: [],
  after: ['milter-greylist', 'not-installed'],
  sources: { enabled: '/etc/rc.conf:7' },
};

describe('milter-manager.ini', () => {
  it('has the defaults of the C program where nothing is set', () => {
    const { manager, log, milters } = read('');
    expect(manager.unix_socket_mode).toBe(0o660);
    expect(manager.fallback_status).toBe('accept');
    expect(log.syslog_facility).toBe('mail');
    expect(milters).toEqual([]);
  });

  it('sends content without waiting to detected milters that were proved to take it', () => {
    const rspamd = { ...SPAMASS, name: 'rspamd', after: [] };
    const known = { ...GREYLIST, takesPipelined: '/usr/sbin/milter-greylist uses libmilter' };
    const pipelining = (text: string): readonly boolean[] =>
      read(text, [known, rspamd]).milters.map((milter) => milter.pipelining);
    expect(pipelining('')).toEqual([true, false]);
    expect(pipelining('[milter.milter-greylist]\npipelining = no\n')).toEqual([false, false]);
  });

  it('keeps connections for the next session to detected milters that were proved to take it', () => {
    const opendkim = { ...SPAMASS, name: 'opendkim', after: [] };
    const known = { ...GREYLIST, takesSessions: '/usr/sbin/milter-greylist uses libmilter' };
    const reuse = (text: string): readonly boolean[] =>
      read(text, [known, opendkim]).milters.map((milter) => milter.connection_reuse);
    expect(reuse('')).toEqual([true, false]);
    expect(reuse('[milter.opendkim]\nconnection_reuse = yes\n')).toEqual([true, true]);
  });

  it('is told what it costs where it is allowed and slow', () => {
    const milter = (name: string, after: string): string =>
      `[milter.${name}]\nconnection_spec = unix:/${name}\n${after}`;
    const text = milter('a', '') + milter('b', '') + milter('c', 'after =\n');
    const remarks = (ini: string): readonly string[] => remarksOn(read(ini));
    expect(remarks(text)).toEqual([
      PATH +
        ':4: b gets the content of a mail when a has answered, since [milter.b] has no "after". Where it need not see their changes, write "after =" there, and it is asked at the same time; or name those whose changes it must see: "after = a".',
    ]);
    expect(remarks('[manager]\nn_workers = 1\n')[0]).toMatch(/:2: one worker costs/);
    expect(remarks('[manager]\nn_workers = 2\n')).toEqual([]);
    const whole = (name: string) => ({ ...GREYLIST, name });
    expect(remarksOn(read('', [whole('x'), whole('y')]))).toEqual([]);
  });

  it('defines children in the order of their sections', () => {
    const { milters } = read(
      '[milter.b]\nconnection_spec = inet:10025@localhost\nfallback_status = temporary-failure\nreading_timeout = 2.5\n' +
        '[milter.a.b]\nconnection_spec = unix:/a\n',
    );
    expect(milters.map(({ name, stage }) => [name, stage])).toEqual([
      ['b', 0],
      ['a.b', 1],
    ]);
    expect(milters[0]).toMatchObject({
      connection_spec: { kind: 'inet', port: 10025, host: 'localhost' },
      fallback_status: 'temporary-failure',
      reading_timeout: 2.5,
      writing_timeout: 7,
    });
  });

  it('overrides of a detected child only what it sets, and leaves it in its place', () => {
    const text =
      '[milter.own]\nconnection_spec = unix:/own\n[milter.milter-greylist]\nfallback_status = reject\n';
    const { milters } = read(text, [GREYLIST, SPAMASS]);
    expect(milters.map(({ name }) => name)).toEqual(['milter-greylist', 'spamass-milter', 'own']);
    expect(milters[0]).toMatchObject({
      connection_spec: { kind: 'unix', path: '/run/greylist.sock' },
      fallback_status: 'reject',
      applicable_conditions: ['S25R', 'Unauthenticated'],
      reading_timeout: 17,
    });
  });

  it('waits longer, within the 30 seconds of Postfix, for one that asks name servers', () => {
    const { milters } = read('', [{ ...GREYLIST, waits: 5 }, SPAMASS]);
    expect(milters[0]).toMatchObject({ reading_timeout: 22, writing_timeout: 17 });
    expect(milters[1]).toMatchObject({ reading_timeout: 7 });
  });

  it('keeps a disabled child, and one without a socket counts as disabled', () => {
    const { milters } = read('', [GREYLIST, SPAMASS]);
    expect(milters[1]).toMatchObject({ name: 'spamass-milter', enabled: false, stage: 1 });
  });

  it('puts children of an empty after into the first stage', () => {
    const text =
      '[milter.a]\nconnection_spec=unix:/a\n[milter.b]\nconnection_spec=unix:/b\nafter=\n' +
      '[milter.c]\nconnection_spec=unix:/c\nafter = a, b\n';
    expect(read(text).milters.map(({ stage }) => stage)).toEqual([0, 0, 1]);
  });

  it.each([
    [
      'a comment behind a heading',
      '[manager] ; ours\nn_workers = 2\n[log] # theirs\nlevel = debug\n',
    ],
    ['CRLF', '[manager]\r\nn_workers = 2\r\n\r\n[log]\r\nlevel = debug\r\n'],
    ['a byte order mark', '\xEF\xBB\xBF[manager]\nn_workers = 2\n[log]\nlevel = debug\n'],
    [
      'a section in two parts',
      '[manager]\nmax_headers = 9\n[log]\nlevel=debug\n[manager]\nn_workers=2\n',
    ],
    ['quotes and blanks', ' [ manager ]\n  n_workers  =  "2"  \n[log]\nlevel = \'debug\'\n'],
  ])('may have %s', (_, text) => {
    const { manager, log } = read(text);
    expect([manager.n_workers, log.level]).toEqual([2, 'debug']);
  });

  it('does not look at the host where detection is off', () => {
    const detect = (): never => {
      throw new Error('looked');
    };
    expect(
      readConfiguration({ text: '[manager]\ndetect = no\n', path: PATH, detect }).milters,
    ).toEqual([]);
  });
});

describe('what is wrong with milter-manager.ini', () => {
  it.each([
    ['[manager]\nmax_conections = 3\n', `${PATH}:2: unknown key max_conections in [manager]`],
    ['; comment\n[managr]\n', `${PATH}:2: unknown section [managr]`],
    ['level = info\n', `${PATH}:1: level stands before any [section]`],
    ['[manager]\ndaemon\n', `${PATH}:2: neither a [section] nor a key = value`],
    ['[manager]\ndaemon = maybe\n', `${PATH}:2: daemon must be yes or no, not <maybe>`],
    [
      '[manager]\nunix_socket_mode = 999\n',
      `${PATH}:2: unix_socket_mode must be an octal mode, not <999>`,
    ],
    [
      '[manager]\nconnection_spec = inet:99999\n',
      `${PATH}:2: connection_spec is not usable: port number should be less than 65536: <inet:99999>: <99999>`,
    ],
    [
      '[log] ; ours\nlevel = all\n',
      `${PATH}:2: level must be one of error, warning, info, debug, not <all>`,
    ],
    [
      '[manager]\nn_workers = null\n',
      `${PATH}:2: n_workers must be a whole number from 0 to 64, not <null>`,
    ],
    [
      '[manager]\r\nn_workers = 65\r\n',
      `${PATH}:2: n_workers must be a whole number from 0 to 64, not <65>`,
    ],
    [
      '[manager]\nmax_headers = 0\n',
      `${PATH}:2: max_headers must be a whole number from 1 to 1000000, not <0>`,
    ],
    [
      '[manager]\nmessage_timeout = 0\n',
      `${PATH}:2: message_timeout must be a number of seconds above 0, not <0>`,
    ],
    ['[milter.]\n', `${PATH}:1: unknown section [milter.]`],
    ['[manager\n', `${PATH}:1: neither a [section] nor a key = value`],
    ['[manager]\nn_workers[] = 1\n', `${PATH}:2: unknown key n_workers[] in [manager]`],
    [
      '[milter.a]\nconnection_spec=unix:/a\n[log]\n[milter.a]\nconnection_spec=unix:/b\n',
      `${PATH}:5: connection_spec is already set in line 2`,
    ],
    ['[manager]\nn_workers = 1\nn_workers = 2\n', `${PATH}:3: n_workers is already set in line 2`],
    ['[milter.x]\ndescription = y\n', `${PATH}:2: milter x has no connection_spec`],
    [
      '[milter.x]\nconnection_spec = unix:/x\napplicable_conditions = S25R, Moon\n',
      `${PATH}:3: applicable_conditions has <Moon>; known are S25R, Remote Network, Authenticated, Unauthenticated, Trust, No Stress, Stress Notify, Sendmail Compatible`,
    ],
    [
      '[milter.x]\nconnection_spec = unix:/x\nafter = y\n',
      `${PATH}:3: after names <y>, which is no milter here`,
    ],
    [
      '[remote_network]\nlocal_address = 10.0.0.0/99\n',
      `${PATH}:2: local_address has <10.0.0.0/99>, which is no address or network`,
    ],
    ['[manager]\npid_file =\n', `${PATH}:2: pid_file must not be empty`],
    ['[security]\neffective_user = ""\n', `${PATH}:2: effective_user must not be empty`],
    [
      '[manager]\nmax_packet_size = 0\n',
      `${PATH}:2: max_packet_size must be from 1 to 9007199254740991 bytes, not <0>`,
    ],
    [
      '[manager]\nmax_queue = 0\nmax_body_memory = 0\n',
      `${PATH}:2: max_queue must be from 1 to 9007199254740991 bytes, not <0>`,
    ],
    [
      '[s25r]\nblacklist = /a;b/, x\n',
      `${PATH}:2: blacklist has </a>, which is no regular expression`,
    ],
    ['[s25r]\nwhitelist = /(/\n', `${PATH}:2: whitelist has </(/>, which is no regular expression`],
  ])('%j', (text, problem) => {
    expect(problems(text)).toEqual([problem]);
  });

  it('is told all at once', () => {
    expect(problems('[manager]\nx = 1\ndaemon = 2\n')).toHaveLength(2);
  });

  it('includes an after that goes round in a circle', () => {
    const text =
      '[milter.a]\nconnection_spec=unix:/a\nafter=b\n[milter.b]\nconnection_spec=unix:/b\nafter=a\n';
    expect(problems(text)).toEqual([`${PATH}:3: after goes round in a circle: a after b after a`]);
  });
});

describe('--show-config', () => {
  const text = '[manager]\nn_workers = 2\n[milter.milter-greylist]\nevaluation_mode = yes\n';
  const configuration = read(text, [GREYLIST]);

  it('prints the form that the install documents show, with where each value was set', () => {
    const lines = showConfiguration(configuration);
    expect(lines).toContain(`# ${PATH}:2\nmanager.n_workers = 2\n`);
    expect(lines).toContain('# default\nmanager.unix_socket_mode = 0660\n');
    expect(lines).toContain(
      'define_milter("milter-greylist") do |milter|\n' +
        '  # default\n  milter.description = "greylisting"\n' +
        '  # /etc/x:1\n  milter.enabled = true\n' +
        '  # /etc/milter-greylist/greylist.conf:3\n  milter.connection_spec = "unix:/run/greylist.sock"\n',
    );
    expect(lines).toContain(`  # ${PATH}:4\n  milter.evaluation_mode = true\n`);
    expect(lines.trimEnd().endsWith('\nend')).toBe(true);
  });

  it('prints the same as JSON', () => {
    expect(configurationAsJson(configuration)).toMatchObject({
      schema: 1,
      manager: { n_workers: { value: 2, source: `${PATH}:2` } },
      milters: [{ name: 'milter-greylist', connection_spec: { value: 'unix:/run/greylist.sock' } }],
    });
  });
});

/** What a daemon does not read is no answer, and what it reads otherwise is none either: an element of main.cf may depend on it. */
import { describe, expect, it } from 'vitest';
import { detectMilters } from '../../src/milters/detect-milters.ts';
import { hostOf } from './host-of.ts';

const UNITS = '/usr/lib/systemd/system';
const found = (name: string, service: string, files: Readonly<Record<string, string>>) =>
  detectMilters(
    hostOf({
      [`${UNITS}/${name}.service`]: `[Service]\n${service}\n`,
      [`/etc/systemd/system/multi-user.target.wants/${name}.service`]: {
        to: `${UNITS}/${name}.service`,
      },
      ...files,
    }),
    'debian',
  ).milters.find((each) => each.name === name)?.connectionSpec;

const CONF = '/etc/opendkim.conf';
const DEFAULTS = '/etc/default/opendkim';
const OLD = { [DEFAULTS]: 'SOCKET="inet:8891@localhost"\n', [CONF]: 'Socket local:/run/o.sock\n' };

describe('opendkim', () => {
  it.each(['Socket inet:8891@localhost\r\n', 'Mode s\r\nsocket\tinet:8891@localhost\r\n'])(
    'takes CRLF: %j',
    (text) => {
      const spec = found('opendkim', 'ExecStart=/usr/sbin/opendkim', { [CONF]: text });
      expect(spec).toBe('inet:8891@localhost');
    },
  );

  it.each([
    ['ExecStart=/usr/sbin/opendkim', 'unix:/run/o.sock'],
    [`EnvironmentFile=-${DEFAULTS}\nExecStart=/usr/sbin/opendkim $OPTIONS`, 'unix:/run/o.sock'],
    [
      `EnvironmentFile=-${DEFAULTS}\nExecStart=/usr/sbin/opendkim -p $SOCKET`,
      'inet:8891@localhost',
    ],
    [
      `EnvironmentFile=-${DEFAULTS}\nExecStart=/usr/sbin/opendkim -p \${SOCKET}`,
      'inet:8891@localhost',
    ],
  ])('gets of /etc/default what its unit hands on: %j', (service, spec) => {
    expect(found('opendkim', service, OLD)).toBe(spec);
  });

  it.each([
    ['/usr/sbin/opendkim', undefined],
    ['/usr/lib/start-opendkim', 'inet:8891@localhost'],
  ])(
    'has its socket by a variable that nobody hands on only where %s is a script',
    (start, spec) => {
      const files = { ...OLD, [CONF]: 'Mode s\n', '/usr/lib/start-opendkim': '#!/bin/sh\n' };
      const service = `EnvironmentFile=-${DEFAULTS}\nExecStart=${start}`;
      expect(found('opendkim', service, files)).toBe(spec);
    },
  );
});

it('has no socket where its file cannot be read, whatever is built in', () => {
  const conf = '/etc/milter-greylist/greylist.conf';
  const socket = found('milter-greylist', 'ExecStart=/usr/sbin/milter-greylist', {
    [conf]: 'socket "/run/own.sock\n',
  });
  expect(socket).toBeUndefined();
});

/** CentOS 6: rc links as chkconfig makes them, sysconfig, init scripts. */
import { describe, expect, it } from 'vitest';
import { detectMilters } from '../../src/milters/detect-milters.ts';
import type { DetectedMilter } from '../../src/detect/detected.ts';
import { isServiceEnabled } from '../../src/detect/service-enabled.ts';
import { hostOf } from './host-of.ts';

const GREYLIST = {
  '/etc/rc.d/init.d/milter-greylist':
    '#!/bin/bash\nOPTIONS="-P /var/run/milter-greylist.pid"\n[ -f /etc/sysconfig/milter-greylist ] && . /etc/sysconfig/milter-greylist\n',
  '/etc/init.d': { to: 'rc.d/init.d' },
  '/etc/mail/greylist.conf': 'socket "/var/run/milter-greylist/milter-greylist.sock" 660\n',
};
const SCRIPT = { to: '../init.d/milter-greylist' };

function only(files: Parameters<typeof hostOf>[0]): DetectedMilter {
  const { milters, warnings } = detectMilters(hostOf(files), 'centos6');
  expect(warnings).toEqual([]);
  expect(milters).toHaveLength(1);
  return milters[0]!;
}

describe('chkconfig', () => {
  it.each(['2', '3', '4', '5'])('starts it in run level %s', (level) => {
    const host = { ...GREYLIST, [`/etc/rc.d/rc${level}.d/S79milter-greylist`]: SCRIPT };
    expect(only(host).enabled).toBe(true);
    expect(isServiceEnabled(hostOf(host), 'sysv', 'milter-greylist')).toBe(true);
  });

  // `chkconfig X off` leaves K links, `--add` without levels too, `--del` (the document's way) none.
  it.each([
    [
      'off',
      {
        '/etc/rc.d/rc3.d/K21milter-greylist': SCRIPT,
        '/etc/rc.d/rc5.d/K21milter-greylist': SCRIPT,
      },
    ],
    ['--del', {}],
    ['on for another service', { '/etc/rc.d/rc3.d/S79milter-greylist2': SCRIPT }],
    ['a link of run level 6', { '/etc/rc.d/rc6.d/S79milter-greylist': SCRIPT }],
  ])('does not with %s', (_, links) => {
    const milter = only({ ...GREYLIST, ...links });
    expect(milter).toMatchObject({
      enabled: false,
      connectionSpec: 'unix:/var/run/milter-greylist/milter-greylist.sock',
    });
    expect(isServiceEnabled(hostOf({ ...GREYLIST, ...links }), 'sysv', 'milter-greylist')).toBe(
      false,
    );
  });
});

describe('sysconfig', () => {
  it('may put -p into OPTIONS', () => {
    const milter = only({
      ...GREYLIST,
      '/etc/sysconfig/milter-greylist': 'OPTIONS="$OPTIONS -p inet:11122@[127.0.0.1]"\n',
    });
    expect(milter.connectionSpec).toBe('inet:11122@[127.0.0.1]');
    expect(milter.sources.connectionSpec).toBe('/etc/sysconfig/milter-greylist:1');
  });

  it('may name clamav-milter’s file', () => {
    const milter = only({
      '/etc/init.d/clamav-milter': '#!/bin/bash\n. /etc/sysconfig/clamav-milter\n',
      '/etc/sysconfig/clamav-milter': 'CLAMAV_FLAGS="--config-file=/etc/clamav/milter.conf"\n',
      '/etc/clamav-milter.conf': 'MilterSocket /var/run/clamav/stock.sock\n',
      '/etc/clamav/milter.conf': 'MilterSocket inet:7357@localhost\n',
    });
    expect(milter.connectionSpec).toBe('inet:7357@localhost');
  });
});

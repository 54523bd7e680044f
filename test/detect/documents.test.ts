/** The hosts of the two install documents: what `--show-config` shows there. */
import { describe, expect, it } from 'vitest';
import { detectMilters } from '../../src/milters/detect-milters.ts';
import { isServiceEnabled } from '../../src/detect/service-enabled.ts';
import { hostTree } from './host-of.ts';

const GREYLISTING = [
  'Sendmail Compatible',
  'Stress Notify',
  'Trust',
  'Remote Network',
  'S25R',
  'Unauthenticated',
];

describe('the FreeBSD 10 document', () => {
  const host = hostTree('detect-freebsd-10');

  it('finds its three milters, enabled, with the sockets that it shows', () => {
    const { milters, warnings } = detectMilters(host, 'freebsd');
    expect(
      milters.map(({ name, enabled, connectionSpec }) => [name, enabled, connectionSpec]),
    ).toEqual([
      ['milter-greylist', true, 'unix:/var/milter-greylist/milter-greylist.sock'],
      ['clamav-milter', true, 'unix:/var/run/clamav/clmilter.sock'],
      ['spamass-milter', true, 'unix:/var/run/spamass-milter/spamass-milter.sock'],
    ]);
    expect(warnings).toEqual([]);
  });

  it('says where each fact stands', () => {
    const [greylist, clamav, spamass] = detectMilters(host, 'freebsd').milters;
    expect(greylist?.sources).toEqual({
      connectionSpec: '/usr/local/etc/rc.d/milter-greylist:12',
      enabled: '/etc/rc.conf:20',
    });
    expect(clamav?.sources.connectionSpec).toBe('/usr/local/etc/clamav-milter.conf:3');
    expect(spamass?.sources.connectionSpec).toBe('/etc/rc.conf:8');
  });

  it('applies greylisting to suspicious senders only', () => {
    const [greylist, clamav, spamass] = detectMilters(host, 'freebsd').milters;
    expect(greylist?.applicableConditions).toEqual(GREYLISTING);
    expect(clamav?.applicableConditions).toEqual([]);
    expect(spamass?.applicableConditions).toEqual([
      'Remote Network',
      'Unauthenticated',
      'No Stress',
    ]);
  });

  it('tells services by their script, whatever their variable is called', () => {
    expect(isServiceEnabled(host, 'rc.d', 'sa-spamd')).toBe(true);
    expect(isServiceEnabled(host, 'rc.d', 'milter-greylist')).toBe(true);
    expect(isServiceEnabled(host, 'rc.d', 'clamav-clamd')).toBeUndefined();
  });
});

describe('the CentOS 6 document', () => {
  const host = hostTree('detect-centos-6');

  // The document's output for milter-greylist and clamav-milter is that of an older text of it: nothing in it moves
  // their sockets away from where the packages put them (its lines 202 and 209).
  it('finds its three milters, enabled, where its own settings put them', () => {
    const { milters, warnings } = detectMilters(host, 'centos6');
    expect(
      milters.map(({ name, enabled, connectionSpec }) => [name, enabled, connectionSpec]),
    ).toEqual([
      ['milter-greylist', true, 'unix:/var/run/milter-greylist/milter-greylist.sock'],
      ['clamav-milter', true, 'unix:/var/run/clamav/clamav-milter.sock'],
      ['spamass-milter', true, 'inet:11120@[127.0.0.1]'],
    ]);
    expect(warnings).toEqual([]);
  });

  it('says where each fact stands', () => {
    const [greylist, clamav, spamass] = detectMilters(host, 'centos6').milters;
    expect(spamass?.sources).toEqual({
      connectionSpec: '/etc/sysconfig/spamass-milter:2',
      enabled: '/etc/rc3.d/S80spamass-milter',
    });
    expect(greylist?.sources.connectionSpec).toBe('/etc/mail/greylist.conf:1');
    expect(clamav?.sources.connectionSpec).toBe('/etc/clamav-milter.conf:2');
  });
});

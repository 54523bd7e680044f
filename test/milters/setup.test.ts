/** What a milter takes on each release: names that differ between releases and versions of packages. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { HostReader } from '../../src/host/host.ts';
import { type MilterSetup, setupOn } from '../../src/milters/milter.ts';
import { milterNamed } from '../../src/milters/milters.ts';
import type { PlatformName, Release } from '../../src/platforms/platforms.ts';
import { standInHost, type Files } from '../plan/stand-in-host.ts';

const release = (platform: PlatformName, version: string, id: string = platform): Release => ({
  platform,
  id,
  version,
  title: id,
});

function setup(name: string, on: Release, host: HostReader = standInHost({})): MilterSetup {
  const found = setupOn(milterNamed(name)!, on, host);
  if ('unavailable' in found) throw new Error(found.unavailable);
  return found;
}

const packages = (name: string, on: Release): readonly string[] =>
  setup(name, on).packages.map((each) => each.name);

describe('EPEL', () => {
  it.each([
    ['almalinux', '9.7', 'epel-release'],
    ['rocky', '10.0', 'epel-release'],
    ['centos', '10', 'epel-release'],
    // Their own repositories do not have it under that name.
    ['rhel', '9.4', 'https://dl.fedoraproject.org/pub/epel/epel-release-latest-9.noarch.rpm'],
    ['ol', '8.9', 'oracle-epel-release-el8'],
  ])('is on %s %s %s', (id, version, name) => {
    expect(packages('greylist', release('redhat', version, id))[0]).toBe(name);
  });

  it('is not needed on Fedora', () => {
    expect(packages('greylist', release('redhat', '42', 'fedora'))).toEqual(['milter-greylist']);
  });
});

describe('clamav-milter on FreeBSD', () => {
  const services = (version: string, files: Files): readonly string[] =>
    setup('clamav', release('freebsd', version), standInHost(files)).services.map(
      ({ name }) => name,
    );
  const hyphened = ['clamav-clamd', 'clamav-freshclam', 'clamav-milter'];
  const underscored = hyphened.map((name) => name.replace('-', '_'));
  const scripts = (names: readonly string[]): Files =>
    Object.fromEntries(names.map((name) => [`/usr/local/etc/rc.d/${name}`, '#!/bin/sh\n']));

  it('has the services whose scripts are there, whatever the release', () => {
    expect(services('14.2', scripts(hyphened))).toEqual(hyphened);
    expect(services('10.0', scripts(underscored))).toEqual(underscored);
  });

  it('has those of its time before the package is there', () => {
    expect(services('10.0', {})).toEqual(hyphened);
    expect(services('14.2', {})).toEqual(underscored);
  });

  it('comes with the package of its time', () => {
    expect(packages('clamav', release('freebsd', '10.0'))).toEqual(['clamav-milter']);
    expect(packages('clamav', release('freebsd', '14.2'))).toEqual(['clamav']);
  });
});

describe('the socket of spamass-milter', () => {
  it('is in a directory that the user spamd can write to, on FreeBSD', () => {
    const { directories, connectionSpec } = setup('spamass', release('freebsd', '14.2'));
    expect(directories).toMatchObject([
      { path: '/var/run/spamass-milter', owner: { user: 'spamd', group: 'spamd' } },
    ]);
    expect(connectionSpec).toBe('unix:/var/run/spamass-milter/spamass-milter.sock');
  });

  it('is the one of the group postfix on the Red Hat family: of the other only sa-milt may use', () => {
    const on = release('redhat', '9.7', 'almalinux');
    expect(packages('spamass', on)).toContain('spamass-milter-postfix');
    expect(setup('spamass', on)).toMatchObject({
      groups: ['postfix'],
      connectionSpec: 'unix:/run/spamass-milter/postfix/sock',
    });
  });
});

describe('what cannot be had', () => {
  it('is milter-greylist on Debian 12, and the reason is told', () => {
    const found = setupOn(milterNamed('greylist')!, release('debian', '12'), standInHost({}));
    expect(found).toEqual({ unavailable: expect.stringContaining('Debian 12') });
  });
});

describe('removing a milter', () => {
  it('leaves the package of clamd, where that brings the milter, too', () => {
    const shared = (version: string) =>
      setup('clamav', release('freebsd', version)).packages.at(-1)?.shared;
    expect([shared('10.0'), shared('14.2')]).toEqual([false, true]);
  });

  it.each(['milter-greylist', 'clamav-milter', 'spamass-milter'])(
    'takes away the package of %s itself, everywhere, so that must be its last',
    (name) => {
      const releases = [
        release('centos6', '6.4', 'centos'),
        release('redhat', '9.7', 'almalinux'),
        release('debian', '13'),
        release('freebsd', '10.0'),
      ];
      for (const on of releases) expect(packages(name, on).at(-1)).toBe(name);
    },
  );
});

describe('pyspf-milter', () => {
  it.each([
    ['debian', '11'],
    ['redhat', '9'],
    ['freebsd', '14.2'],
  ] as const)('is given no key on %s %s that its version 2.9 dies of', (platform, version) => {
    const { template } = setup('spf', release(platform, version)).files[0]!;
    const text = readFileSync(new URL(`../../templates/${template}`, import.meta.url), 'utf8');
    // policydspfsupp.py of 2.9.2 calls the texts 'int' and 'bool' on their values.
    expect(text).not.toMatch(/^(UMask|IntHosts)\b/m);
  });
});

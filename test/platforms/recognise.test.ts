import { describe, expect, it } from 'vitest';
import { recogniseRelease } from '../../src/platforms/recognise.ts';
import { standInHost, type Files } from '../plan/stand-in-host.ts';

const osRelease = (...lines: readonly string[]): Files => ({
  '/etc/os-release': `${lines.join('\n')}\n`,
});

describe('the system of a host', () => {
  it.each<[string, Files, string, string, string]>([
    [
      'FreeBSD 10, which has no os-release',
      {
        '/bin/freebsd-version': '#!/bin/sh\nUSERLAND_VERSION="10.0-RELEASE-p3"\n',
        '/etc/defaults/rc.conf': '',
      },
      'freebsd',
      'freebsd',
      '10.0',
    ],
    [
      'FreeBSD 14',
      osRelease('NAME=FreeBSD', 'VERSION_ID="14.2"', 'ID=freebsd'),
      'freebsd',
      'freebsd',
      '14.2',
    ],
    [
      'CentOS 6, which has no os-release',
      { '/etc/centos-release': 'CentOS release 6.4 (Final)\n' },
      'centos6',
      'centos',
      '6.4',
    ],
    [
      'RHEL 8',
      osRelease('ID="rhel"', 'ID_LIKE="fedora"', 'VERSION_ID="8.10"'),
      'redhat',
      'rhel',
      '8.10',
    ],
    [
      'AlmaLinux 9',
      osRelease('ID="almalinux"', 'ID_LIKE="rhel centos fedora"', 'VERSION_ID="9.7"'),
      'redhat',
      'almalinux',
      '9.7',
    ],
    [
      'CentOS Stream 10',
      osRelease('ID="centos"', 'ID_LIKE="rhel fedora"', 'VERSION_ID="10"'),
      'redhat',
      'centos',
      '10',
    ],
    [
      'Ubuntu 24.04',
      osRelease('ID=ubuntu', 'ID_LIKE=debian', 'VERSION_ID="24.04"'),
      'debian',
      'ubuntu',
      '24.04',
    ],
    [
      'a derivative that we do not know by name',
      osRelease('ID=linuxmint', 'ID_LIKE="ubuntu debian"', 'VERSION_ID="22"'),
      'debian',
      'linuxmint',
      '22',
    ],
  ])('is %s', (_, files, platform, id, version) => {
    expect(recogniseRelease(standInHost(files))).toMatchObject({ platform, id, version });
  });

  it('is none that we know', () => {
    expect(recogniseRelease(standInHost(osRelease('ID=arch')))).toBeUndefined();
    expect(recogniseRelease(standInHost({ '/etc/passwd': '' }))).toBeUndefined();
  });
});

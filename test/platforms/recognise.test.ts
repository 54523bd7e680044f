import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recogniseRelease } from '../../src/platforms/recognise.ts';
import { whyUnsupported } from '../../src/platforms/unsupported.ts';
import { setUp, treeOf } from '../golden/tree.ts';
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
      'Linux Mint 21, whose packages are those of Ubuntu 22.04',
      osRelease(
        ...['ID=linuxmint', 'ID_LIKE="ubuntu debian"', 'VERSION_ID="21.3"'],
        ...['VERSION_CODENAME=virginia', 'UBUNTU_CODENAME=jammy'],
      ),
      'debian',
      'ubuntu',
      '22.04',
    ],
    [
      'Pop!_OS 22.04',
      osRelease('ID=pop', 'ID_LIKE="ubuntu debian"', 'VERSION_ID="22.04"', 'UBUNTU_CODENAME=jammy'),
      'debian',
      'ubuntu',
      '22.04',
    ],
    [
      'LMDE 7, whose packages are those of Debian 13',
      osRelease(
        ...['ID=linuxmint', 'ID_LIKE=debian', 'VERSION_ID="7"'],
        ...['VERSION_CODENAME=gigi', 'DEBIAN_CODENAME=trixie'],
      ),
      'debian',
      'debian',
      '13',
    ],
    [
      'Raspberry Pi OS',
      osRelease('ID=raspbian', 'ID_LIKE=debian', 'VERSION_ID="12"', 'VERSION_CODENAME=bookworm'),
      'debian',
      'debian',
      '12',
    ],
  ])('is %s', (_, files, platform, id, version) => {
    expect(recogniseRelease(standInHost(files))).toMatchObject({ platform, id, version });
  });

  it.each([
    ['Devuan', { id: 'devuan', like: 'debian', version: '5' }, /which release of Debian/],
    ['CentOS 7', { id: 'centos', like: 'rhel fedora', version: '7' }, /no dnf/],
    ['Amazon Linux 2', { id: 'amzn', like: 'centos rhel fedora', version: '2' }, /EPEL/],
    ['Amazon Linux 2023', { id: 'amzn', like: 'fedora', version: '2023' }, /EPEL/],
    ['Alpine', { id: 'alpine', like: '', version: '3.22' }, /alpine is not one that milter-setup/],
    ['Arch', { id: 'arch', like: '', version: '' }, /arch is not one that milter-setup knows/],
    ['SUSE', { id: 'sles', like: 'suse', version: '15.6' }, /sles is not one that milter-setup/],
  ])('refuses %s, and sends it into no other plan', async (_, { id, like, version }, why) => {
    const root = treeOf('ugly');
    mkdirSync(join(root, 'etc'));
    const lines = [`ID=${id}`, `ID_LIKE="${like}"`, `VERSION_ID="${version}"`, ''];
    writeFileSync(join(root, 'etc/os-release'), lines.join('\n'));
    const { code, errors } = await setUp(root, '--yes');
    expect(code).toBe(1);
    expect(errors.replace(/\s+/g, ' ')).toMatch(why);
    expect(errors).not.toContain('--platform');
  });

  it('refuses a Debian whose services systemd does not start', () => {
    const host = standInHost({
      ...osRelease('ID=debian', 'VERSION_ID="13"'),
      '/sbin/init': 'the program of sysvinit-core',
    });
    expect(whyUnsupported(host, recogniseRelease(host)!)).toContain('systemd');
  });

  it('is none that we know', () => {
    expect(recogniseRelease(standInHost(osRelease('ID=arch')))).toBeUndefined();
    expect(recogniseRelease(standInHost({ '/etc/passwd': '' }))).toBeUndefined();
  });
});

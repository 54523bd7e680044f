/** The releases that milters are tried on: one of each that differs. */
import type { PlatformName, Release } from '../../src/platforms/platforms.ts';

export const release = (
  platform: PlatformName,
  version: string,
  id: string = platform,
): Release => ({ platform, id, version, title: `${id} ${version}` });

export const RELEASES: readonly Release[] = [
  release('freebsd', '10.0'),
  release('freebsd', '14.2'),
  release('centos6', '6.4', 'centos'),
  release('redhat', '8.9', 'rhel'),
  release('redhat', '9.7', 'almalinux'),
  release('redhat', '10.0', 'rocky'),
  release('debian', '11'),
  release('debian', '12'),
  release('debian', '13'),
  release('debian', '22.04', 'ubuntu'),
  release('debian', '24.04', 'ubuntu'),
];

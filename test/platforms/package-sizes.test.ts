/** What package managers say of an installation that they only try. */
import { expect, test } from 'vitest';
import { PLATFORMS } from '../../src/platforms/platforms.ts';

const read = (platform: 'debian' | 'redhat' | 'freebsd', output: string) =>
  PLATFORMS[platform].packageSizes!.read(output);

test('apt, a line for each package that is to be fetched', () => {
  const output = [
    "'http://deb.example/pool/main/g/guile/guile-3.0-libs_3.0.8-2_amd64.deb' guile-3.0-libs_3.0.8-2_amd64.deb 6645224 MD5Sum:9195b219a55bc00cf4fc8f4321313ed7",
    "'http://deb.example/pool/main/libn/libntlm/libntlm0_1.6-4_amd64.deb' libntlm0_1.6-4_amd64.deb 84820 MD5Sum:69fa534c4c2f0d7e2b63b465521a1a35",
  ].join('\n');
  expect(read('debian', output)).toEqual({ count: 2, download: '7 MB' });
  expect(read('debian', 'E: Unable to locate package milter-greylist\n')).toBeUndefined();
});

test('dnf, from its summary', () => {
  const output = [
    'Transaction Summary',
    '================================',
    'Install  12 Packages',
    '',
    'Total download size: 6.5 M',
    'Installed size: 22 M',
    'Operation aborted.',
  ].join('\n');
  expect(read('redhat', output)).toEqual({ count: 12, download: '6.5 MB' });
  expect(read('redhat', 'Error: Unable to find a match: clamd\n')).toBeUndefined();
});

test('pkg, from its summary', () => {
  const output = [
    'The following 2 package(s) will be affected (of 0 checked):',
    '',
    'Number of packages to be installed: 2',
    '',
    'The process will require 9 MiB more space.',
    '2 MiB to be downloaded.',
  ].join('\n');
  expect(read('freebsd', output)).toEqual({ count: 2, download: '2 MiB' });
  expect(read('freebsd', "pkg: No packages available to install matching 'x'")).toBeUndefined();
});

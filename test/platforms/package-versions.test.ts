/** What the package managers print, by hand from their manuals: dpkg-query(1), rpm(8), pkg-query(8). */
import { expect, it } from 'vitest';
import { PLATFORMS } from '../../src/platforms/platforms.ts';

it('knows what dpkg has installed, and not what it keeps the configuration of', () => {
  const { command, read } = PLATFORMS.debian.packageVersions;
  expect(command(['postfix', 'opendkim']).argv.slice(0, 2)).toEqual(['dpkg-query', '-W']);
  const output = 'postfix 3.10.13-0+deb13u1 installed\nopendkim 2.11.0~beta2-9 config-files\n';
  expect([...read(output)]).toEqual([['postfix', '3.10.13-0+deb13u1']]);
});

it('reads rpm past what it says of a package that is not there', () => {
  const output = 'postfix 3.5.25-1.el9\npackage opendkim is not installed\n';
  expect([...PLATFORMS.redhat.packageVersions.read(output)]).toEqual([['postfix', '3.5.25-1.el9']]);
  expect(PLATFORMS.centos6.packageVersions.command(['postfix']).argv[0]).toBe('rpm');
});

it('finds a port of FreeBSD by its name and by its origin', () => {
  const output = 'py311-spf-engine 3.0.4 mail/py-spf-engine\npostfix 3.9.1,1 mail/postfix\n';
  const versions = PLATFORMS.freebsd.packageVersions.read(output);
  expect(versions.get('mail/py-spf-engine')).toBe('3.0.4');
  expect(versions.get('postfix')).toBe('3.9.1,1');
});

/** What package managers say that an installation removes, word for word, and what is told about it. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/change/change.ts';
import { mtasAmong, removalNotes, removedBy, withRemovals } from '../../src/plan/removals.ts';
import { PLATFORMS, type PlatformName } from '../../src/platforms/platforms.ts';
import { DEBIAN, standInHost } from './stand-in-host.ts';

/** apt-get -s install postfix, on Debian 13 with exim4-daemon-light. */
const APT = `The following packages will be REMOVED:
  exim4-base exim4-config exim4-daemon-light
The following NEW packages will be installed:
  libicu76 postfix
0 upgraded, 17 newly installed, 3 to remove and 0 not upgraded.
Remv exim4-daemon-light [4.98.2-1+deb13u6]
Remv exim4-base [4.98.2-1+deb13u6]
Remv exim4-config [4.98.2-1+deb13u6]
Inst libicu76 (76.1-4 Debian:13.8/stable [amd64])
Inst postfix (3.10.13-0+deb13u1 Debian:13.8/stable, Debian-Security:13/stable-security [amd64])
Conf postfix (3.10.13-0+deb13u1 Debian:13.8/stable, Debian-Security:13/stable-security [amd64])
`;
/** As dnf(8) lays out a transaction. */
const DNF = `Dependencies resolved.
================================================================================
 Package            Architecture  Version             Repository           Size
================================================================================
Installing:
 postfix            x86_64        2:3.5.25-1.el9      baseos              1.5 M
Removing dependent packages:
 nullmailer         x86_64        2.2-3.el9           @epel               412 k
 s-nail             x86_64        14.9.22-6.el9       @appstream          1.2 M

Transaction Summary
================================================================================
Install  1 Package
Remove   2 Packages
`;
/** As pkg-install(8) does. */
const PKG = `The following 3 package(s) will be affected (of 0 checked):

Installed packages to be REMOVED:
	opensmtpd: 7.6.0.p1,1

New packages to be INSTALLED:
	postfix: 3.10.4,1

Number of packages to be removed: 1
`;

const install: Plan = {
  changes: [
    {
      kind: 'install-packages',
      phase: 'packages',
      title: 'install postfix',
      why: 'They are missing: postfix.',
      commands: [],
      undo: [{ argv: ['apt-get', 'remove', 'postfix'] }],
      packages: ['postfix'],
    },
  ],
  notes: [],
};

const EXIM = ['exim4-base', 'exim4-config', 'exim4-daemon-light'];

describe('what an installation removes', () => {
  it.each<[PlatformName, string, readonly string[]]>([
    ['debian', APT, ['exim4-daemon-light', 'exim4-base', 'exim4-config']],
    ['redhat', DNF, ['nullmailer', 's-nail']],
    ['freebsd', PKG, ['opensmtpd']],
  ])('is read from the package manager of %s', async (name, stdout, removed) => {
    const host = { ...standInHost({}), run: answer(stdout) };
    expect(await removedBy(host, PLATFORMS[name], install)).toEqual(removed);
  });

  const answer = (stdout: string) => (argv: readonly string[]) =>
    Promise.resolve({ argv, exitCode: 0, stdout, stderr: '' });

  it('is nothing where it only installs', async () => {
    const host = { ...standInHost({}), run: answer(APT.replaceAll(/^Remv.*\n/gm, '')) };
    expect(await removedBy(host, PLATFORMS.debian, install)).toEqual([]);
  });

  it('stands in the plan, and an undo installs it again', () => {
    const { changes } = withRemovals(standInHost({}), PLATFORMS.debian, install, EXIM);
    const [change] = changes;
    expect(change).toMatchObject({
      why: `They are missing: postfix. The installation removes ${EXIM.join(', ')}.`,
    });
    const undo = change?.kind === 'install-packages' ? change.undo : [];
    expect(undo[0]?.argv).toEqual(['apt-get', 'remove', 'postfix']);
    expect(undo.at(-1)?.argv).toEqual(expect.arrayContaining(['install', ...EXIM]));
  });
});

describe('another mail server', () => {
  it.each([
    ['exim4-daemon-heavy', 'Exim'],
    ['exim', 'Exim'],
    ['sendmail-bin', 'Sendmail'],
    ['opensmtpd', 'OpenSMTPD'],
    ['msmtp-mta', 'msmtp'],
    ['eximon4', undefined],
    ['libsendmail-milter-perl', undefined],
  ])('%s is %s', (name, title) => {
    expect(mtasAmong([name]).map((each) => each.title)).toEqual(title ? [title] : []);
  });

  it('is named with the messages that wait in its queue, split or not', () => {
    const host = standInHost({
      ...DEBIAN,
      '/var/spool/exim4/input/1tGx2A-0000Bc-1Z-H': '',
      '/var/spool/exim4/input/1tGx2A-0000Bc-1Z-D': '',
      '/var/spool/exim4/input/a/1tGx2B-0000Bd-2Z-H': '',
    });
    const said = removalNotes(host, EXIM).join('\n');
    expect(said).toContain('2 messages wait in its queue /var/spool/exim4/input');
    expect(said).toContain('exim4 -qff');
  });

  it.each([
    ["dc_smarthost='relay.example::587'", "postconf -e 'relayhost = [relay.example]:587'"],
    ["dc_smarthost='relay.example'", "postconf -e 'relayhost = [relay.example]'"],
    ["dc_smarthost=''", undefined],
  ])('%s becomes %s', (line, command) => {
    const host = standInHost({ ...DEBIAN, '/etc/exim4/update-exim4.conf.conf': `${line}\n` });
    const said = removalNotes(host, EXIM).join('\n');
    if (command === undefined) expect(said).not.toContain('relayhost');
    else expect(said).toContain(command);
  });
});

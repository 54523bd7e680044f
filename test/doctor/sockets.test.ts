/** Who gets to which socket: modes, groups, and the groups of a process that runs. */
import { describe, expect, it } from 'vitest';
import { host, MANAGER_UID, type SickHost } from './tree.ts';

const root = process.geteuid?.() === 0;
/** Numbers that sockets and directories of these tests have: as an ordinary user, one's own. */
const UID = root ? 4100 : process.getuid!();
const GID = root ? 4100 : process.getgid!();
const SOCKET = '/run/clamav/clamav-milter.ctl';

/** A host whose clamav has our numbers, and a milter behind its socket. */
async function withSocket(mode: number, members: string): Promise<SickHost> {
  const sick = await host();
  sick.edit('/etc/passwd', /^clamav:.*\n/m, `clamav:x:${UID}:${GID}::/:\n`);
  sick.edit('/etc/group', /^clamav:.*\n/m, `clamav:x:${GID}:${members}\n`);
  sick.edit('/etc/clamav/clamav-milter.conf', '/var/run/clamav/', '/run/clamav/');
  await sick.listen(SOCKET, mode, UID, GID);
  return sick;
}

it('a socket for its group is reached by who is in that group', async () => {
  const sick = await withSocket(0o660, 'milter-manager');
  expect(await sick.grade('socket-permission')).toBe('ok');
  expect(await sick.grade('group-membership')).toBe('ok');
});

it('a socket for nobody is reached by nobody', async () => {
  const sick = await withSocket(0o600, 'milter-manager');
  const [finding] = await sick.found('socket-permission');
  expect(finding).toMatchObject({
    grade: 'error',
    title: 'milter-manager cannot connect to clamav-milter',
    evidence: [`${SOCKET} is 0600 clamav:clamav`],
  });
  expect(finding?.fix.slice(0, 2)).toEqual([`chgrp clamav ${SOCKET}`, `chmod g+rw ${SOCKET}`]);
});

it('nor is one in a directory that only its owner may enter', async () => {
  const sick = await withSocket(0o666, 'milter-manager');
  sick.mode('/run/clamav', 0o700, UID, GID);
  const [finding] = await sick.found('socket-permission');
  expect(finding?.evidence).toEqual(['/run/clamav is 0700 clamav:clamav']);
  expect(finding?.fix.slice(0, 2)).toEqual(['chgrp clamav /run/clamav', 'chmod g+x /run/clamav']);
  sick.mode('/run/clamav', 0o710, UID, GID);
  expect(await sick.grade('socket-permission')).toBe('ok');
});

describe('a membership', () => {
  it('that is missing', async () => {
    const sick = await withSocket(0o660, '');
    const [finding] = await sick.found('group-membership');
    expect(finding).toMatchObject({
      grade: 'error',
      title: 'milter-manager is not in the group clamav, and so cannot connect to clamav-milter',
    });
    expect(finding?.fix[0]).toMatch(/^(usermod|gpasswd) .*milter-manager/);
    expect(finding?.fix[1]).toBe('systemctl restart milter-manager');
    // Said once.
    expect(await sick.grade('socket-permission')).toBe('ok');
    sick.edit('/etc/group', /^clamav:.*$/m, `clamav:x:${GID}:milter-manager`);
    expect(await sick.grade('group-membership')).toBe('ok');
  });

  it('that the running process was started before', async () => {
    const sick = await withSocket(0o660, 'milter-manager');
    const status = (groups: string) =>
      `Name:\tnode\nUid:\t${MANAGER_UID}\t${MANAGER_UID}\t${MANAGER_UID}\t${MANAGER_UID}\n` +
      `Gid:\t${MANAGER_UID}\t${MANAGER_UID}\t${MANAGER_UID}\t${MANAGER_UID}\nGroups:\t${groups}\n`;
    sick.write('/proc/77/cmdline', '/usr/bin/node\0/usr/local/sbin/milter-manager\0--no-daemon\0');
    sick.write('/proc/77/status', status('105'));
    const [finding] = await sick.found('group-membership');
    expect(finding).toMatchObject({ grade: 'error', fix: ['systemctl restart milter-manager'] });
    expect(finding?.evidence).toEqual([`/proc/77/status: Groups lacks ${GID} (clamav)`]);
    sick.write('/proc/77/status', status(`105 ${GID}`));
    expect(await sick.grade('group-membership')).toBe('ok');
  });

  it('of a user who is not there', async () => {
    const sick = await host();
    sick.edit('/etc/passwd', /^milter-manager:.*\n/m, '');
    expect((await sick.found('group-membership'))[0]?.title).toContain('no user milter-manager');
  });
});

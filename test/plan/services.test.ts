import { describe, expect, it } from 'vitest';
import { gatherFacts } from '../../src/plan/facts.ts';
import { planServiceOff, planServiceOn } from '../../src/plan/services.ts';
import { DEBIAN, FREEBSD, standInHost, type Files } from './stand-in-host.ts';

const SERVICE = { name: 'milter-greylist', why: 'The greylisting milter.' };
const UNIT = '[Unit]\nDescription=greylist\n[Service]\nExecStart=/usr/sbin/milter-greylist -D\n';
const INSTALLED: Files = { ...DEBIAN, '/usr/lib/systemd/system/milter-greylist.service': UNIT };
const ENABLED: Files = {
  ...INSTALLED,
  '/etc/systemd/system/multi-user.target.wants/milter-greylist.service': {
    to: '/usr/lib/systemd/system/milter-greylist.service',
  },
};

async function on(files: Files, running: boolean, changed: boolean): Promise<readonly string[]> {
  const host = standInHost(files, running ? [SERVICE.name] : []);
  const changes = planServiceOn(host, await gatherFacts(host), SERVICE, changed);
  return changes.map(({ action }) => action);
}

async function off(files: Files, running: boolean): Promise<readonly string[]> {
  const host = standInHost(files, running ? [SERVICE.name] : []);
  const changes = planServiceOff(host, await gatherFacts(host), SERVICE);
  return changes.map(({ action }) => action);
}

describe('a service that shall be on', () => {
  it.each([
    // enabled, running, its files changed -> what is done
    [false, false, false, ['enable', 'start']],
    [false, false, true, ['enable', 'start']],
    [false, true, false, ['enable']],
    [false, true, true, ['enable', 'restart']],
    [true, false, false, ['start']],
    [true, false, true, ['start']],
    [true, true, false, []],
    [true, true, true, ['restart']],
  ])('enabled %s, running %s, changed %s: %j', async (enabled, running, changed, actions) => {
    expect(await on(enabled ? ENABLED : INSTALLED, running, changed)).toEqual(actions);
  });

  it('is enabled and started where it is not installed yet', async () => {
    expect(await on(DEBIAN, false, false)).toEqual(['enable', 'start']);
  });

  it('is enabled by rc.conf on FreeBSD, not by a command', async () => {
    expect(await on(FREEBSD, false, true)).toEqual(['start']);
  });
});

describe('a service that shall be off', () => {
  it.each([
    [true, true, ['stop', 'disable']],
    [true, false, ['disable']],
    [false, true, ['stop']],
    [false, false, []],
  ])('enabled %s, running %s: %j', async (enabled, running, actions) => {
    expect(await off(enabled ? ENABLED : INSTALLED, running)).toEqual(actions);
  });
});

describe('the undo of a start', () => {
  const SOCKET = '[Socket]\nListenStream=/run/milter-greylist.ctl\n';
  const WITH_SOCKET: Files = {
    ...ENABLED,
    '/usr/lib/systemd/system/milter-greylist.socket': SOCKET,
  };
  const LINK = '/etc/systemd/system/sockets.target.wants/milter-greylist.socket';
  const undoOf = async (files: Files): Promise<readonly string[]> => {
    const host = standInHost(files, []);
    const [start] = planServiceOn(host, await gatherFacts(host), SERVICE, false);
    return start?.undo[0]?.argv ?? [];
  };
  const STOP = ['systemctl', 'stop', 'milter-greylist'];

  it('stops the socket, too, that systemd started with it: it would start the service again', async () => {
    expect(await undoOf(WITH_SOCKET)).toEqual([...STOP, 'milter-greylist.socket']);
  });

  it('leaves a socket that is there from the boot on, and asks for none that is not', async () => {
    const boots = { to: '/usr/lib/systemd/system/milter-greylist.socket' };
    expect(await undoOf({ ...WITH_SOCKET, [LINK]: boots })).toEqual(STOP);
    expect(await undoOf(ENABLED)).toEqual(STOP);
  });
});

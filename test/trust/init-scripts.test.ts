/** Debian's packages bring an init script beside the unit: a run and its undo leave the script's links alone. */
import { describe, expect, it } from 'vitest';
import { gatherFacts } from '../../src/plan/facts.ts';
import { planServiceOff, planServiceOn } from '../../src/plan/services.ts';
import { DEBIAN, standInHost, type Files } from '../plan/stand-in-host.ts';

const SERVICE = { name: 'milter-greylist', why: 'The greylisting milter.' };
const UNIT: Files = {
  '/usr/lib/systemd/system/milter-greylist.service':
    '[Service]\nExecStart=/usr/sbin/milter-greylist -D\n[Install]\nWantedBy=multi-user.target\n',
};
const LINK: Files = {
  '/etc/systemd/system/multi-user.target.wants/milter-greylist.service': {
    to: '/usr/lib/systemd/system/milter-greylist.service',
  },
};
const SCRIPT: Files = { '/etc/init.d/milter-greylist': '#!/bin/sh\n' };
/** Documented in systemd's ENVIRONMENT.md. */
const APART = { SYSTEMCTL_SKIP_SYSV: '1' };

async function switched(files: Files, way: 'on' | 'off') {
  const host = standInHost({ ...DEBIAN, ...files }, []);
  const facts = await gatherFacts(host);
  const changes =
    way === 'on'
      ? planServiceOn(host, facts, SERVICE, false)
      : planServiceOff(host, facts, SERVICE);
  const change = changes.find(({ action }) => action === 'enable' || action === 'disable');
  return [...(change?.commands ?? []), ...(change?.undo ?? [])].map(
    ({ argv, environment }) => [argv[1], environment] as const,
  );
}

describe('a service is switched at boot', () => {
  it('by its unit alone, where systemd reads no script', async () => {
    expect(await switched({ ...UNIT, ...SCRIPT }, 'on')).toEqual([
      ['enable', APART],
      ['disable', APART],
    ]);
    expect(await switched({ ...UNIT, ...SCRIPT, ...LINK }, 'off')).toEqual([
      ['disable', APART],
      ['enable', APART],
    ]);
  });

  it('by its script, where there is no unit', async () => {
    expect(await switched(SCRIPT, 'on')).toEqual([
      ['enable', undefined],
      ['disable', undefined],
    ]);
  });

  it('as ever, where there is no script', async () => {
    expect(await switched(UNIT, 'on')).toEqual([
      ['enable', undefined],
      ['disable', undefined],
    ]);
  });
});

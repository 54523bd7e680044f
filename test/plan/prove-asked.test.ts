/** The last step of a plan that touches Postfix: a session with each of its ports, where the ports are the host's own. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/change/change.ts';
import { buildPlan } from '../../src/plan/build-plan.ts';
import { gatherFacts } from '../../src/plan/facts.ts';
import { openTemplates } from '../../src/plan/package-files.ts';
import { PLAIN } from '../../src/ui/style.ts';
import { showBrief } from '../../src/ui/show-brief.ts';
import { DEFAULT_WISH } from './default-wish.ts';
import { DEBIAN, standInHost, type Files } from './stand-in-host.ts';

const INI = '/etc/milter-manager/milter-manager.ini';

async function plan(more: Files = {}, hasPorts = true): Promise<Plan> {
  const host = standInHost(
    {
      ...DEBIAN,
      '/usr/sbin/postfix': '',
      '/etc/postfix/main.cf': 'compatibility_level = 3.9\n',
      '/etc/postfix/master.cf': 'smtp inet n - y - - smtpd\ncleanup unix n - y - 0 cleanup\n',
      ...more,
    },
    ['postfix'],
  );
  const facts = { ...(await gatherFacts(host)), hasPorts };
  return buildPlan(
    host,
    facts,
    { ...DEFAULT_WISH, on: ['milter-greylist'] },
    { templates: openTemplates(), nonce: 'n' },
  );
}

describe('the proof through Postfix', () => {
  it('comes last, after the reload', async () => {
    const { changes } = await plan();
    expect(changes.slice(-2)).toMatchObject([
      { kind: 'service', action: 'reload', service: 'postfix' },
      {
        kind: 'prove-asked',
        spec: 'unix:/var/spool/postfix/milter-manager/milter-manager.sock',
        historyDirectory: '/var/lib/milter-manager',
      },
    ]);
  });

  it('is told before it is made', async () => {
    const setup = { manager: 'milter-manager', defaultAction: 'tempfail', isMet: () => true };
    expect(showBrief(await plan(), setup, PLAIN).replace(/\s+/g, ' ')).toContain(
      'before Postfix is told; then a session with each port of Postfix',
    );
  });

  it('looks where the ini has the manager keep its mails', async () => {
    const { changes } = await plan({ [INI]: '[manager]\nhistory = /srv/history\n' });
    expect(changes.at(-1)).toMatchObject({ historyDirectory: '/srv/history' });
  });

  it('is not made on a tree: the ports are those of another machine', async () => {
    const { changes } = await plan({}, false);
    expect(changes.some(({ kind }) => kind === 'prove-asked')).toBe(false);
  });
});

/** Hosts where Postfix asks the milters itself: they go behind the manager, what else is there stays. */
import { describe, expect, it } from 'vitest';
import { buildPlan } from '../../src/plan/build-plan.ts';
import type { WriteFile } from '../../src/change/change.ts';
import { gatherFacts } from '../../src/plan/facts.ts';
import { openTemplates } from '../../src/plan/package-files.ts';
import { DEFAULT_WISH } from './default-wish.ts';
import { FREEBSD, standInHost } from './stand-in-host.ts';

const WISH = { ...DEFAULT_WISH, on: ['spamass-milter'] };
const MANAGER = 'unix:/var/run/milter-manager/milter-manager.sock';

async function smtpdMilters(written: string): Promise<string | undefined> {
  const host = standInHost({
    ...FREEBSD,
    '/usr/local/etc/postfix/main.cf': `smtpd_milters = ${written}\n`,
    '/usr/local/etc/postfix/master.cf': 'smtp inet n - n - - smtpd\n',
    '/usr/local/etc/rc.d/milter-opendkim':
      '. /etc/rc.subr\nname="milteropendkim"\nrcvar="milteropendkim_enable"\nload_rc_config $name\n',
    '/etc/rc.conf': 'milteropendkim_enable="YES"\nmilteropendkim_socket="inet:8891@localhost"\n',
  });
  const inputs = { templates: openTemplates(), nonce: 'n' };
  const plan = buildPlan(host, await gatherFacts(host), WISH, inputs);
  const change = plan.changes.find(
    (each): each is WriteFile => each.kind === 'write-file' && each.path.endsWith('main.cf'),
  );
  return /^smtpd_milters = (.*)$/m.exec(change?.after ?? '')?.[1];
}

describe('smtpd_milters', () => {
  it('loses the milters that the manager asks now', async () => {
    expect(await smtpdMilters('unix:/var/run/spamass-milter/spamass-milter.sock')).toBe(MANAGER);
    expect(await smtpdMilters('local:/run/spamass-milter/spamass-milter.sock')).toBe(MANAGER);
  });

  it('loses those that detection finds beside ours', async () => {
    expect(await smtpdMilters('inet:127.0.0.1:8891')).toBe(MANAGER);
  });

  it('keeps what nobody else asks', async () => {
    const kept = await smtpdMilters('inet:192.0.2.7:9999, inet:localhost:8891');
    expect(kept).toContain('inet:192.0.2.7:9999');
    expect(kept).toContain(MANAGER);
    expect(kept).not.toContain('8891');
  });
});

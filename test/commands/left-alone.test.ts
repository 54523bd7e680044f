/** Milters that a run did not choose are not turned off, moved or set up by a later one. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandContext } from '../../src/commands/command.ts';
import { firstSetUp } from '../../src/commands/run/first-set-up.ts';
import { buildPlan } from '../../src/plan/build-plan.ts';
import { gatherFacts } from '../../src/plan/facts.ts';
import { openTemplates } from '../../src/plan/package-files.ts';
import { DEFAULT_WISH } from '../plan/default-wish.ts';
import { DEBIAN, standInHost } from '../plan/stand-in-host.ts';
import { growTree, type Tree } from './tree.ts';

const UNIT = '/usr/lib/systemd/system/opendkim.service';
const CONF = 'Socket inet:8891@localhost\nDomain example.org\nKeyFile /etc/mail/own.private\n';

let tree: Tree;
beforeEach(async () => {
  tree = growTree();
  tree.write(UNIT, '[Service]\nExecStart=/usr/sbin/opendkim -x /etc/opendkim.conf\n');
  tree.write('/usr/sbin/opendkim', '');
  tree.write('/etc/opendkim.conf', CONF);
  const link = join(tree.root, '/etc/systemd/system/multi-user.target.wants/opendkim.service');
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(UNIT, link);
  expect((await tree.run('--yes', '--milters', 'greylist,clamav')).exitCode).toBe(0);
});
afterEach(() => tree.remove());

describe('a milter that somebody else set up', () => {
  it.each([
    [['--yes']],
    [['--yes', '--milters', 'greylist']],
    [['--yes', '--default-action', 'tempfail']],
    [['add', 'spamass', '--yes']],
    [['disable', 'greylist', '--yes']],
  ])('stays on and as it is after %j', async (words) => {
    for (const each of [words, ['--yes']]) {
      const { exitCode, stdout } = await tree.run(...each);
      expect(exitCode).toBe(0);
      expect(stdout).not.toMatch(/systemctl (?:stop|disable) (?:opendkim|clamav)/);
    }
    expect(tree.read('/etc/opendkim.conf')).toBe(CONF);
  });
});

describe('a milter that somebody uninstalled since', () => {
  const OURS = {
    ...DEBIAN,
    '/usr/sbin/postfix': '',
    '/usr/local/sbin/milter-manager': '',
    '/etc/postfix/main.cf': 'smtpd_milters = unix:/milter-manager/milter-manager.sock\n',
    '/etc/postfix/master.cf': 'smtp inet n - y - - smtpd\n',
  };

  it('is not what the same command asks for, nor one that still is there', async () => {
    const host = standInHost(
      {
        ...OURS,
        '/var/lib/milter-setup/answers.ini': 'milters = milter-greylist,spamass-milter\n',
        '/usr/sbin/spamass-milter': '',
        '/lib/systemd/system/spamass-milter.service': '[Service]\n',
      },
      ['postfix', 'milter-manager'],
    );
    const context = {
      ...{ host, verb: '', arguments: [], program: ['milter-setup'], verbOptions: {} },
      options: { yes: true, dryRun: false, force: false },
      given: { flags: {}, environment: {} },
      ui: { interactive: false },
    } as unknown as CommandContext;
    const { wish, answers } = await firstSetUp(context, await gatherFacts(host));
    expect(wish).toMatchObject({ on: ['spamass-milter'], withdrawn: ['milter-greylist'] });
    expect(answers.milters).toEqual(['spamass-milter']);
    const given = { ...context, given: { flags: { milters: 'greylist' }, environment: {} } };
    const again = await firstSetUp(given, await gatherFacts(host));
    expect(again.wish).toMatchObject({ on: ['milter-greylist'], withdrawn: [] });
  });

  it('has the manager look again, and says how it comes back', async () => {
    const host = standInHost(OURS, ['postfix', 'milter-manager']);
    const { changes, notes } = buildPlan(
      host,
      await gatherFacts(host),
      { ...DEFAULT_WISH, withdrawn: ['milter-greylist'] },
      { templates: openTemplates(), nonce: 'n' },
    );
    expect(changes.map(({ title }) => title)).toContain('reload milter-manager');
    expect(changes.filter(({ kind }) => kind === 'install-packages')).toEqual([]);
    expect(notes.join('\n')).toMatch(/milter-greylist .*milter-setup add greylist/);
  });
});

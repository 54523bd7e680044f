/** What becomes of mail while a milter behind the manager is down: never less than what Postfix did. */
import { describe, expect, it } from 'vitest';
import { firstSetUp } from '../../src/commands/run/first-set-up.ts';
import type { CommandContext } from '../../src/commands/command.ts';
import { buildPlan } from '../../src/plan/build-plan.ts';
import { gatherFacts } from '../../src/plan/facts.ts';
import { openTemplates } from '../../src/plan/package-files.ts';
import { DEBIAN, standInHost, type Files } from './stand-in-host.ts';

const INI = '/etc/milter-manager/milter-manager.ini';
const MAIN = '/etc/postfix/main.cf';
const host = (main: string, more: Files = {}): Files => ({
  ...DEBIAN,
  '/usr/sbin/postfix': '',
  [MAIN]: `compatibility_level = 3.9\n${main}`,
  '/etc/postfix/master.cf': 'smtp inet n - y - - smtpd\n',
  ...more,
});
const OPENDKIM: Files = {
  '/usr/lib/systemd/system/opendkim.service': '[Service]\nExecStart=/usr/sbin/opendkim\n',
  '/etc/systemd/system/multi-user.target.wants/opendkim.service': {
    to: '/usr/lib/systemd/system/opendkim.service',
  },
  '/etc/opendkim.conf': 'Socket inet:8891@localhost\n',
};

/** With --yes and these flags. */
async function written(
  files: Files,
  flags: Readonly<Record<string, string>> = {},
  running: readonly string[] = ['postfix', 'opendkim'],
) {
  const machine = standInHost(files, running);
  const context = {
    ...{ host: machine, verb: '', arguments: [], program: ['milter-setup'], verbOptions: {} },
    options: { yes: true, dryRun: false, force: false },
    given: { flags: { milters: 'greylist', ...flags }, environment: {} },
    ui: { interactive: false },
  } as unknown as CommandContext;
  const facts = await gatherFacts(machine);
  const { wish } = await firstSetUp(context, facts);
  const inputs = { templates: openTemplates(), nonce: 'n' };
  const { changes, notes } = buildPlan(machine, facts, wish, inputs);
  const after = (path: string) =>
    changes.flatMap((change) =>
      change.kind === 'write-file' && change.path === path ? [change.after ?? ''] : [],
    )[0] ?? '';
  const action = /^milter_default_action = (\w+)$/m.exec(after(MAIN))?.[1];
  const general = /\[manager\][^[]*\nfallback_status = (\S+)/.exec(after(INI))?.[1];
  const opendkim = /\[milter\.opendkim\][^[]*\nfallback_status = (\S+)/.exec(after(INI))?.[1];
  return { action, general, opendkim, notes: notes.join('\n') };
}

describe('the answer', () => {
  it.each([
    ['tempfail', 'temporary-failure'],
    ['accept', undefined],
  ])('%s holds for the manager and for the milters behind it', async (action, general) => {
    expect(await written(host(''), { 'default-action': action })).toMatchObject({
      action,
      general,
    });
  });

  it('accept takes back what tempfail wrote', async () => {
    const files = host('', { [INI]: '[manager]\nfallback_status = temporary-failure\n' });
    const { general } = await written(files, { 'default-action': 'accept' });
    expect(general).toBe('accept');
  });
});

describe('what main.cf says already', () => {
  it.each([
    ['reject', 'reject'],
    ['quarantine', 'temporary-failure'],
    ['tempfail', 'temporary-failure'],
    ['accept', undefined],
  ])('%s is kept', async (action, general) => {
    const files = host(`milter_default_action = ${action}\n`);
    const made = await written(files);
    expect(made).toMatchObject({ action, general });
    const rare = ['reject', 'quarantine'].includes(action);
    expect(made.notes.includes(`milter_default_action = ${action} stays`)).toBe(rare);
    const answers = `default-action = ${action}\n`;
    const again = { ...files, '/var/lib/milter-setup/answers.ini': answers };
    expect((await written(again)).action).toBe(action);
  });

  it('of one milter is kept for that one', async () => {
    const element = 'smtpd_milters = { inet:localhost:8891, default_action=accept }\n';
    const made = await written(host(`${element}milter_default_action = tempfail\n`, OPENDKIM));
    expect(made).toMatchObject({ general: 'temporary-failure', opendkim: 'accept' });
  });
});

it('lets no mail wait for a milter that nobody asked and that does not run', async () => {
  const flags = { 'default-action': 'tempfail' };
  expect((await written(host('', OPENDKIM), flags, ['postfix'])).opendkim).toBe('accept');
  expect((await written(host('', OPENDKIM), flags)).opendkim).toBeUndefined();
});

import { describe, expect, it } from 'vitest';
import type { RunCommands } from '../../src/change/change.ts';
import { buildPlan } from '../../src/plan/build-plan.ts';
import { gatherFacts } from '../../src/plan/facts.ts';
import { openTemplates } from '../../src/plan/package-files.ts';
import { DEFAULT_WISH } from './default-wish.ts';
import { DEBIAN, FREEBSD, standInHost, type Files } from './stand-in-host.ts';

const POSTFIX: Files = {
  '/usr/sbin/postfix': '',
  '/etc/postfix/main.cf': '',
  '/etc/postfix/master.cf': '',
  '/usr/lib/systemd/system/postfix.service': '[Unit]\n[Service]\nExecStart=/usr/sbin/postfix\n',
};

/** Titles of the changes in the phase of the packages, and the services that are kept stopped meanwhile. */
async function packagesOf(
  files: Files,
  on: readonly string[],
): Promise<{ readonly steps: readonly RunCommands[]; readonly held: readonly string[] }> {
  const host = standInHost(files);
  const wish = { ...DEFAULT_WISH, on };
  const inputs = { templates: openTemplates(undefined), nonce: '1' };
  const { changes } = buildPlan(host, await gatherFacts(host), wish, inputs);
  const steps = changes.filter(
    (change): change is RunCommands => change.phase === 'packages' && 'commands' in change,
  );
  const [first] = steps[0]?.commands ?? [];
  const held = first?.argv[1] === 'mask' ? first.argv.slice(2) : [];
  return { steps, held };
}

describe('while packages are installed', () => {
  it('Postfix and the milters are kept stopped, and let go after all packages', async () => {
    const { steps, held } = await packagesOf(DEBIAN, ['milter-greylist']);
    expect(held).toEqual(['postfix.service', 'milter-greylist.service']);
    expect(steps.map(({ kind }) => kind)).toEqual(['run', 'install-packages', 'run']);
    const argvs = steps.at(-1)!.commands.map(({ argv }) => argv);
    expect(argvs).toEqual([
      ['systemctl', 'unmask', ...held],
      ['systemctl', 'disable', 'postfix.service'],
    ]);
  });

  it('an undo waits for the package manager before it lets them go', async () => {
    const { steps, held } = await packagesOf(DEBIAN, ['milter-greylist']);
    expect(steps[0]!.undo.map(({ argv }) => argv)).toEqual([
      ['apt-get', '-o', 'DPkg::Lock::Timeout=900', 'check'],
      ['systemctl', 'unmask', ...held],
      ['systemctl', 'disable', 'postfix.service'],
    ]);
    expect(steps.at(-1)!.undo).toEqual([]);
  });

  it('a Postfix that is there goes on', async () => {
    const { steps, held } = await packagesOf({ ...DEBIAN, ...POSTFIX }, ['milter-greylist']);
    expect(held).toEqual(['milter-greylist.service']);
    expect(JSON.stringify(steps)).not.toContain('postfix.service');
  });

  it('what the sysadmin has masked stays masked', async () => {
    const masked: Files = {
      ...DEBIAN,
      '/etc/systemd/system/postfix.service': { to: '/dev/null' },
    };
    const { held } = await packagesOf(masked, ['milter-greylist']);
    expect(held).toEqual(['milter-greylist.service']);
  });

  it('nothing is kept stopped on FreeBSD, where packages start nothing', async () => {
    const { steps } = await packagesOf(FREEBSD, ['milter-greylist']);
    expect(steps.map(({ kind }) => kind)).toEqual(['install-packages']);
  });
});

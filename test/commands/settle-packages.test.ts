/** Before anything is changed: the lists of packages, whether they can be installed, and who agreed to what goes. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/change/change.ts';
import type { CommandContext } from '../../src/commands/command.ts';
import { settlePackages } from '../../src/commands/run/settle-packages.ts';
import { PLATFORMS } from '../../src/platforms/platforms.ts';
import { standInHost } from '../plan/stand-in-host.ts';

const plan: Plan = {
  changes: [
    {
      kind: 'install-packages',
      phase: 'packages',
      title: 'install postfix',
      why: 'They are missing: postfix.',
      commands: [],
      undo: [],
      packages: ['postfix'],
    },
  ],
  notes: [],
};

interface Said {
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

const UNFETCHED: Said = {
  exitCode: 100,
  stderr:
    'Err:1 http://deb.example/debian trixie InRelease\n' +
    "E: Failed to fetch http://deb.example/debian/dists/trixie/InRelease  Could not resolve 'deb.example'\n",
};
const UNKNOWN: Said = { exitCode: 100, stderr: 'E: Unable to locate package postfix\n' };
const EXIM: Said = { stdout: 'Remv exim4-daemon-light [4.98]\nInst postfix (3.10 Debian:13)\n' };

/** @param agrees at a terminal; undefined where there is none */
async function settle(
  update: Said,
  simulation: Said,
  { agrees, replaceMta = false }: { agrees?: boolean; replaceMta?: boolean } = {},
): Promise<{ readonly plan: Plan; readonly warned: string }> {
  const warned: string[] = [];
  const host = {
    ...standInHost({}),
    run: (argv: readonly string[]) =>
      Promise.resolve({
        ...{ argv, exitCode: 0, stdout: '', stderr: '' },
        ...(argv.includes('update') ? update : simulation),
      }),
  };
  const ui = {
    interactive: agrees !== undefined,
    style: { columns: 80 },
    warn: (text: string) => warned.push(text),
    confirm: () => Promise.resolve(agrees),
  };
  const context = { host, ui, options: { yes: agrees === undefined, replaceMta } };
  const settled = await settlePackages(
    context as unknown as CommandContext,
    PLATFORMS.debian,
    plan,
    [],
  );
  return { plan: settled, warned: warned.join('\n') };
}

describe('the lists of packages', () => {
  it('that cannot be fetched are one error, which names the failed fetch', async () => {
    await expect(settle(UNFETCHED, UNKNOWN)).rejects.toMatchObject({
      code: 'package-lists',
      message: expect.stringContaining("Could not resolve 'deb.example'") as string,
    });
    const error = await settle(UNFETCHED, UNKNOWN).catch(String);
    expect(error).not.toContain('Unable to locate package');
  });

  it('of others may fail where these packages can be installed', async () => {
    const { warned, plan: settled } = await settle(UNFETCHED, {});
    expect(warned).toContain('Failed to fetch');
    expect(settled).toBe(plan);
  });

  it('are there, and yet nothing can be installed', async () => {
    await expect(settle({}, UNKNOWN)).rejects.toMatchObject({
      code: 'packages',
      message: expect.stringContaining('Unable to locate package postfix') as string,
    });
  });
});

describe('another mail server', () => {
  it('is not replaced without a word', async () => {
    await expect(settle({}, EXIM)).rejects.toMatchObject({ code: 'other-mta', exitCode: 2 });
  });

  it('is replaced with --replace-mta, and comes back with an undo', async () => {
    const { plan: settled, warned } = await settle({}, EXIM, { replaceMta: true });
    expect(warned).toContain('exim4-daemon-light');
    expect(JSON.stringify(settled.changes)).toContain('"install","--no-install-recommends","exim4');
  });

  it('is replaced where somebody agrees', async () => {
    await expect(settle({}, EXIM, { agrees: true })).resolves.toBeDefined();
    await expect(settle({}, EXIM, { agrees: false })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

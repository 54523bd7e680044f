/** Ctrl-C, SIGTERM and a lost terminal while packages are installed and while mails prove: the step ends, all is undone. */
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoHosts, type BootedHost } from './host.ts';
import type { Package } from './package.ts';
import { KEYS, openTerminal } from './terminal.ts';
import {
  bootTrustHost,
  changesBetween,
  journalOf,
  planOf,
  runCount,
  stateOf,
  type HostState,
} from './trusted-host.ts';

const missing = whyNoHosts();
const MADE = ['/var/spool/postfix/milter-manager', '/var/lib/milter-manager'];

describe.skipIf(missing !== undefined)(`signals on Debian 13 ${missing ?? ''}`, () => {
  let host: BootedHost;
  let tarball: Package;

  beforeAll(async () => {
    ({ host, tarball } = await bootTrustHost('tru-stop', 102));
  });
  afterAll(() => host.down());

  async function until(what: string, reached: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 120_000;
    while (!(await reached())) {
      if (Date.now() > deadline) throw new Error(`never came: ${what}`);
      await sleep(20);
    }
  }
  const atDpkg = () =>
    until('dpkg', async () => {
      const { exitCode } = await host.exec('pgrep', '-f', '[d]pkg.* --(unpack|configure)');
      return exitCode === 0;
    });
  /** While the test client plays a mail of a run that began after so many. */
  const atProof = (runs: number) =>
    until(
      'a proof',
      () => runCount(host) > runs && journalOf(host).at(-1)?.change?.kind === 'prove',
    );
  /** On a terminal; systemd-run calls an end by SIGINT a success, a shell tells the truth. */
  const typed = (argv = tarball.argv('milter-setup', '--yes')) => {
    const script = 'trap : INT; "$@"; echo "exit code $?"';
    return openTerminal(host.onTerminal('bash', '-c', script, 'bash', ...argv));
  };
  const installed = async (name: string) =>
    (await host.exec('dpkg-query', '-W', '-f', '${db:Status-Status}', name)).stdout === 'installed';

  /** What a run that was stopped must leave: whole packages, nothing of ours, no lock. */
  async function expectUndone(): Promise<void> {
    expect(await host.run('dpkg', '--audit')).toBe('');
    expect(host.exists('/usr/local/sbin/milter-manager')).toBe(false);
    expect(host.exists('/etc/systemd/system/milter-manager.service')).toBe(false);
    expect(host.exists('/var/lib/milter-setup/lock')).toBe(false);
    expect(journalOf(host).at(-1)).toMatchObject({ type: 'finished', outcome: 'undone' });
    expect((await host.exec('pgrep', '-x', 'apt-get')).exitCode).toBe(1);
  }

  describe('while packages are installed', () => {
    it('SIGTERM lets the package manager end, and says 130', async () => {
      const run = host.exec(...tarball.argv('milter-setup', '--yes'));
      await atDpkg();
      const { pid } = JSON.parse(host.read('/var/lib/milter-setup/lock').toString()) as {
        readonly pid: number;
      };
      await host.run('kill', '-TERM', String(pid));
      const { exitCode, output } = await run;
      expect(output).toContain('stopping after this step');
      expect(exitCode, output).toBe(130);
      await expectUndone();
      // What apt was at is whole; what was not begun yet was not begun.
      expect(await installed('postfix')).toBe(true);
      expect(await installed('spamd')).toBe(false);
    });

    it('Ctrl-C does, too', async () => {
      const terminal = typed();
      await atDpkg();
      terminal.press(KEYS.controlC);
      await terminal.see('stopping after this step');
      await terminal.ended;
      expect(terminal.screen).toContain('exit code 130');
      expect(terminal.screen).toMatch(/Kept\s+↓ install .*: packages stay/);
      await expectUndone();
      expect(await installed('milter-greylist')).toBe(true);
    });
  });

  describe('while mails prove', () => {
    let before: HostState;
    beforeAll(async () => {
      await planOf(tarball);
      before = await stateOf(host, MADE);
    });

    async function stopped(stop: (runs: number) => Promise<void>): Promise<void> {
      await stop(runCount(host));
      await expectUndone();
      expect(changesBetween(before, await stateOf(host, MADE))).toEqual([]);
    }

    it('Ctrl-C undoes everything, and says what', () =>
      stopped(async (runs) => {
        const terminal = typed();
        await atProof(runs);
        terminal.press(KEYS.controlC);
        await terminal.ended;
        expect(terminal.screen).toContain('exit code 130');
        expect(terminal.screen).toMatch(/interrupted/);
        expect(terminal.screen).toMatch(/Undone\b/);
      }));

    it('SIGTERM does, too', () =>
      stopped(async (runs) => {
        const run = host.exec(...tarball.argv('milter-setup', '--yes'));
        await atProof(runs);
        const { pid } = JSON.parse(host.read('/var/lib/milter-setup/lock').toString()) as {
          readonly pid: number;
        };
        await host.run('kill', '-TERM', String(pid));
        const { exitCode, output } = await run;
        expect(exitCode, output).toBe(130);
      }));

    it('a terminal that is lost does, too', () =>
      stopped(async (runs) => {
        const terminal = typed();
        await atProof(runs);
        terminal.hangUp();
        await terminal.ended;
        await until('the end of the run', () => journalOf(host).at(-1)?.type === 'finished');
        await until('the lock', () => !host.exists('/var/lib/milter-setup/lock'));
      }));

    it('a second Ctrl-C stops at once with 4, and undo takes the rest back', () =>
      stopped(async (runs) => {
        // Of a program that got a Ctrl-C, npx says 130 whatever its exit code.
        const npx = '/root/.npm/_npx';
        const [cached = ''] = fs.readdirSync(join(host.root, npx));
        const terminal = typed([`${npx}/${cached}/node_modules/.bin/milter-setup`, '--yes']);
        await atProof(runs);
        terminal.press(KEYS.controlC);
        await terminal.see(/undone|undoing/);
        // Sooner it is the first one once more.
        await sleep(1100);
        terminal.press(KEYS.controlC);
        await terminal.see('milter-setup undo');
        await terminal.ended;
        expect(terminal.screen).toContain('exit code 4');
        const { exitCode, output } = await tarball.setup('undo', '--yes');
        expect(exitCode, output).toBe(0);
      }));
  });
});

/** The main job on a fresh host: set up, real mails, changes, a reboot, and all of it taken back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectFiltering } from './filtering.ts';
import { describeHostSetUp } from './host-set-up.ts';
import { boot, type BootedHost } from './host.ts';
import { differences, listPaths, under, type Listing } from './listing.ts';
import {
  addClientAddresses,
  deliveredMail,
  DIAL_UP,
  EICAR,
  OFFICE_NETWORK,
  sendMail,
} from './mail.ts';
import {
  keepStockEtc,
  keepStockEtcNoMore,
  prepareForMail,
  putSignatures,
  STOCK_ETC,
} from './mail-host.ts';
import { copyPackage, packPackage, type Package } from './package.ts';
import { describeRealMails } from './real-mails.ts';
import { expectSignedMail, RECORD } from './signed-mail.ts';
import { KEYS, openTerminal } from './terminal.ts';
import { servicesOf, type TestedPlatform } from './tested-platforms.ts';

/** Seconds; `--greylist-delay`. */
const DELAY = 8;
const MAIN_CF = '/etc/postfix/main.cf';

/** @param number the last part of the host's address */
export function describeMainJob(platform: TestedPlatform, number: number): void {
  const { image, milters } = platform;
  const services = servicesOf(platform);
  /** What is turned off and on again. */
  const [switched, short] = milters.includes('milter-greylist')
    ? (['milter-greylist', 'greylist'] as const)
    : (['spamass-milter', 'spamass'] as const);
  const others = milters.filter((milter) => milter !== switched);

  let host: BootedHost;
  let tarball: Package;
  let fresh: Listing;
  let setUp = false;

  beforeAll(async () => {
    host = await boot(`e2e-${image}`, image, number);
    platform.prepare?.(host);
    tarball = copyPackage(host, await packPackage());
    await prepareForMail(host);
    putSignatures(host);
    fresh = listPaths(host, ['/etc', '/usr/local']);
    keepStockEtc(host);
  });
  afterAll(() => host.down());
  beforeEach((context) => {
    if (!setUp && !context.task.name.startsWith('sets the host up')) {
      context.skip('the first run did not set the host up');
    }
  });

  const state = async (verb: 'is-active' | 'is-enabled', unit: string) =>
    (await host.exec('systemctl', verb, unit)).stdout.trim();

  describe('the first run', () => {
    it('sets the host up with the defaults and proves it', async () => {
      const { exitCode, output, stdout } = await tarball.setup(
        ...['--yes', '--greylist-delay', `${DELAY}s`, '--local-networks', OFFICE_NETWORK],
      );
      expect(exitCode, output).toBe(0);
      expect(stdout).toMatch(/^status: pass\nelapsed-time: \d+\.\d+ seconds$/m);
      setUp = true;
      keepStockEtcNoMore(host);
    });

    describeHostSetUp(() => host, platform, DELAY);
  });

  describe('real mails', () => describeRealMails(() => host, platform, DELAY));

  describe('another run', () => {
    it('finds nothing to do and touches nothing', async () => {
      const watched = ['/etc', '/usr/local', '/var/lib/milter-setup'];
      const before = listPaths(host, watched);
      const pids = await host.run('systemctl', 'show', '-p', 'MainPID', ...services);
      const { exitCode, stdout } = await tarball.setup('--yes');
      expect(stdout).toContain('nothing to do');
      expect(exitCode).toBe(0);
      expect(differences(before, listPaths(host, watched))).toEqual([]);
      expect(await host.run('systemctl', 'show', '-p', 'MainPID', ...services)).toBe(pids);
    });

    it('shows the milters and offers changes; nothing chosen, nothing done', async () => {
      const terminal = openTerminal(host.onTerminal(...tarball.argv('milter-setup')));
      await terminal.see('What shall be done?');
      for (const name of milters) {
        expect(terminal.screen).toMatch(new RegExp(`${name}\\s+yes\\s+yes\\s+yes\\s+unix:/`));
      }
      terminal.press(KEYS.enter);
      await terminal.see('nothing to do');
      expect(await terminal.ended).toBe(0);
    });

    it('tells the status as text and as JSON', async () => {
      const { exitCode, stdout } = await tarball.setup('status');
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(
        /^clamav-milter +\d\S+ +yes +yes +yes\n {2}unix:\/(var\/)?run\/clamav/m,
      );
      const status = JSON.parse((await tarball.setup('status', '--json')).stdout) as {
        milters: readonly Record<string, unknown>[];
      };
      for (const milter of milters) {
        expect(status.milters.find(({ name }) => name === milter)).toMatchObject({
          installed: true,
          enabled: true,
          running: true,
          reachable: true,
          socket: expect.stringMatching(/^unix:\//) as string,
        });
      }
    });

    it('disables a milter and leaves main.cf alone', async () => {
      const before = host.read(MAIN_CF);
      const { exitCode, output } = await tarball.setup('disable', switched, '--yes');
      expect(exitCode, output).toBe(0);
      expect(await state('is-active', switched)).toBe('inactive');
      expect(await state('is-enabled', switched)).not.toBe('enabled');
      expect(host.read(MAIN_CF).equals(before)).toBe(true);
      await expectFiltering(host, others);
    });

    it('enables it again', async () => {
      const before = host.read(MAIN_CF);
      const { exitCode, output } = await tarball.setup('enable', short, '--yes');
      expect(exitCode, output).toBe(0);
      expect(await state('is-active', switched)).toBe('active');
      expect(host.read(MAIN_CF).equals(before)).toBe(true);
      await expectFiltering(host, milters);
    });

    it('follows a milter that is switched by hand, after a reload of the manager', async () => {
      await host.run('systemctl', 'disable', '--now', switched);
      await host.run('systemctl', 'reload', 'milter-manager');
      await sleep(500);
      await expectFiltering(host, others);
      await host.run('systemctl', 'enable', '--now', switched);
      await host.run('systemctl', 'reload', 'milter-manager');
      await sleep(500);
      await expectFiltering(host, milters);
    });
  });

  // Debian 13's two updaters of signatures may be in each other's way at a boot.
  it('filters after a reboot, without anything of npx', { retry: 3 }, async () => {
    await host.run('sh', '-c', 'rm -rf /root/.npm');
    await host.reboot();
    await addClientAddresses(host);
    for (const service of services) {
      expect([service, await state('is-active', service)]).toEqual([service, 'active']);
    }
    await expectFiltering(host, milters);
  });

  it('starts the manager before Postfix at boot, so that no mail passes unfiltered', async () => {
    const time = async (property: string, unit: string) =>
      Number(await host.run('systemctl', 'show', '--value', '-p', `${property}Monotonic`, unit));
    const ready = await time('ActiveEnterTimestamp', 'milter-manager');
    for (const unit of ['postfix', 'postfix@-']) {
      const started = await time('InactiveExitTimestamp', unit);
      // Only one of the two is the unit that starts Postfix.
      if (started > 0) expect(started, unit).toBeGreaterThanOrEqual(ready);
    }
  });

  describe('undo of all runs', () => {
    it("puts every file back as the packages' own", async () => {
      const stock = under(listPaths(host, [STOCK_ETC]), STOCK_ETC, '/etc');
      const { runs } = JSON.parse((await tarball.setup('undo', '--list', '--json')).stdout) as {
        runs: readonly { readonly id: string; readonly verb: string }[];
      };
      expect(runs.map(({ verb }) => verb)).toEqual(['enable', 'disable', 'setup']);
      const { exitCode, output } = await tarball.setup('undo', '--to', runs.at(-1)!.id, '--yes');
      expect(exitCode, output).toBe(0);

      const now = listPaths(host, ['/etc']);
      expect(now.get(MAIN_CF)).toBe(stock.get(MAIN_CF));
      const left = differences(stock, now).filter(
        (line) =>
          // useradd and its like keep what was before them in the files that end in a hyphen.
          !/^~ \/etc\/\w+-$/.test(line) &&
          // The packages were installed while their services were kept stopped.
          !/^- \/etc\/systemd\/system\/[\w-]+\.service$/.test(line) &&
          !/^- \/etc\/systemd\/system\/multi-user\.target\.wants\/postfix\.service$/.test(line) &&
          // systemctl by hand has set these, above; a native unit ignores them.
          !(/^[+-] \/etc\/rc\d\.d\/[SK]01/.test(line) && line.endsWith(switched)),
      );
      expect(left).toEqual([]);
      const local = (listing: Listing) =>
        new Map([...listing].filter(([path]) => path.startsWith('/usr/local/')));
      expect(differences(local(fresh), local(listPaths(host, ['/usr/local'])))).toEqual([]);
    });

    it('leaves Postfix stopped; who starts it gets mail unfiltered', async () => {
      expect(await state('is-active', 'postfix')).toBe('inactive');
      expect(await state('is-enabled', 'postfix')).toBe('disabled');
      await host.run('systemctl', 'start', 'postfix');
      expect((await host.run('postconf', '-h', 'smtpd_milters')).trim()).toBe('');
      expect(await state('is-active', 'milter-manager')).not.toBe('active');
      const mail = await sendMail(host, { client: DIAL_UP, body: EICAR });
      expect(mail.final.code).toBe(250);
      expect((await deliveredMail(host, mail)).headers.has('x-virus-scanned')).toBe(false);
    });

    it('sets it all up again from there', async () => {
      const { exitCode, output } = await tarball.setup('--yes');
      expect(exitCode, output).toBe(0);
      await expectFiltering(host, milters);
    });
  });

  describe('a milter more', () => {
    it('adds OpenDKIM with a key of its own, and shows the DNS record', async () => {
      const { exitCode, stdout, output } = await tarball.setup('add', 'opendkim', '--yes');
      expect(exitCode, output).toBe(0);
      expect(stdout).toMatch(RECORD);
    });

    it('signs mail so that the published key verifies it', () => expectSignedMail(host));

    it('filters as before', () => expectFiltering(host, milters));

    it('shows the DNS record again with the status', async () => {
      const { stdout } = await tarball.setup('status');
      expect(stdout).toMatch(RECORD);
    });

    it.skipIf(milters.includes('milter-greylist'))('says why one cannot be had', async () => {
      const before = listPaths(host, ['/etc']);
      const { exitCode, output } = await tarball.setup('add', 'greylist', '--yes');
      expect(exitCode).toBe(2);
      expect(output).toContain(`${platform.title} has no milter-greylist package`);
      expect(differences(before, listPaths(host, ['/etc']))).toEqual([]);
    });
  });
}

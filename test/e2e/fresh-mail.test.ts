/** Mail from outside while a fresh Debian 13 is set up: not one is taken before the filters are proved. */
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, whyNoHosts, type BootedHost } from './host.ts';
import { startMailFlow, type MailFlow } from './mail-flow.ts';
import { addClientAddresses } from './mail.ts';
import { prepareForMail, putSignatures } from './mail-host.ts';
import { copyPackage, packPackage, type Package } from './package.ts';
import { killWhen } from './trusted-host.ts';

const missing = whyNoHosts();

/** A host that nobody set up yet, with a flow of mail to its port 25. */
class Fresh {
  flow: MailFlow;

  private constructor(
    readonly host: BootedHost,
    readonly tarball: Package,
  ) {
    this.flow = startMailFlow(host);
  }

  static async boot(name: string, number: number): Promise<Fresh> {
    const host = await boot(name, 'debian13', number);
    const tarball = copyPackage(host, await packPackage());
    await prepareForMail(host);
    putSignatures(host);
    return new Fresh(host, tarball);
  }

  async down(): Promise<void> {
    await this.flow.stop();
    await this.host.down();
  }

  async state(verb: 'is-active' | 'is-enabled', unit: string): Promise<string> {
    return (await this.host.exec('systemctl', verb, unit)).stdout.trim();
  }

  masked(): readonly string[] {
    return fs
      .readdirSync(join(this.host.root, 'etc/systemd/system'), { withFileTypes: true })
      .filter((each) => each.isSymbolicLink() && /postfix|spam|clam|greylist/.test(each.name))
      .map(({ name }) => name);
  }

  /** Nobody answers on port 25, now and after a reboot. */
  async expectSilence(): Promise<void> {
    expect(this.masked()).toEqual([]);
    for (let boots = 0; boots < 2; boots += 1) {
      expect([boots, await this.state('is-active', 'postfix')]).toEqual([boots, 'inactive']);
      expect(await this.state('is-enabled', 'postfix')).toBe('disabled');
      expect(this.flow.attempts()).toEqual([]);
      if (boots > 0) return;
      await this.flow.stop();
      await this.host.reboot();
      await addClientAddresses(this.host);
      this.flow = startMailFlow(this.host);
      await sleep(3000);
    }
  }
}

const OPTIONS = { retry: 0 };

describe.skipIf(missing !== undefined)(`mail during a first run ${missing ?? ''}`, OPTIONS, () => {
  let fresh: Fresh;
  beforeAll(async () => {
    fresh = await Fresh.boot('e2e-fresh-mail', 142);
  });
  afterAll(() => fresh.down());

  it('of GTUBE and EICAR is not taken, before, while and after the filters are proved', async () => {
    const { exitCode, output } = await fresh.tarball.setup('--yes');
    expect(exitCode, output).toBe(0);
    await sleep(5000);
    const attempts = fresh.flow.attempts();
    console.log(`${attempts.length} attempts`, [...new Set(attempts.map(({ text }) => text))]);
    expect(attempts.filter(({ code }) => code === 250)).toEqual([]);
    const refused = attempts.filter(({ code }) => code === 550).map(({ mail }) => mail);
    expect([...new Set(refused)].toSorted()).toEqual(['eicar', 'gtube']);
    expect(fresh.masked()).toEqual([]);
    expect(await fresh.state('is-enabled', 'postfix')).toBe('enabled');
  });

  it('finds nobody who listens after its undo', async () => {
    const { exitCode, output } = await fresh.tarball.setup('undo', '--yes');
    expect(exitCode, output).toBe(0);
    await fresh.flow.stop();
    fresh.flow = startMailFlow(fresh.host);
    await fresh.expectSilence();
  });
});

describe.skipIf(missing !== undefined)(
  `a first run that is killed ${missing ?? ''}`,
  OPTIONS,
  () => {
    let fresh: Fresh;
    beforeAll(async () => {
      fresh = await Fresh.boot('e2e-fresh-kill', 143);
    });
    afterAll(() => fresh.down());

    it('while packages are installed opens no port, and neither does its undo', async () => {
      const { host, tarball } = fresh;
      const dpkg = async () =>
        (await host.exec('pgrep', '-f', '[d]pkg.* --(unpack|configure)')).exitCode === 0;
      let atWork = false;
      const looking = setInterval(() => void dpkg().then((found) => (atWork ||= found)), 200);
      expect(await killWhen(host, tarball.argv('milter-setup', '--yes'), () => atWork)).toBe(true);
      clearInterval(looking);
      // apt goes on, and the undo has to wait for it.
      const { exitCode, output } = await tarball.setup('undo', '--yes');
      expect(exitCode, output).toBe(0);
      expect((await host.exec('pgrep', '-x', 'apt-get')).exitCode).toBe(1);
      expect(host.exists('/usr/sbin/postfix')).toBe(true);
      await fresh.expectSilence();
    });
  },
);

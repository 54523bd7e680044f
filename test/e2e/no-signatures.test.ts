/** A host that cannot download virus signatures: set up all the same, honestly; finished and enlarged later. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, whyNoHosts, type BootedHost } from './host.ts';
import { differences, listPaths, type Listing } from './listing.ts';
import { DIAL_UP, EICAR, sendMail, WELL_NAMED } from './mail.ts';
import { prepareForMail, putSignatures } from './mail-host.ts';
import { copyPackage, packPackage, type Package } from './package.ts';

const missing = whyNoHosts();

describe.skipIf(missing !== undefined)(`no virus signatures ${missing ?? ''}`, () => {
  let host: BootedHost;
  let tarball: Package;
  let fresh: Listing;

  beforeAll(async () => {
    host = await boot('e2e-nosigs', 'debian13', 62);
    tarball = copyPackage(host, await packPackage());
    await prepareForMail(host);
    fresh = listPaths(host, ['/etc', '/usr/local']);
  });
  afterAll(() => host.down());

  const state = async (unit: string) =>
    (await host.exec('systemctl', 'is-active', unit)).stdout.trim();
  const code = async (letter: Parameters<typeof sendMail>[1]) =>
    (await sendMail(host, letter)).final.code;

  it('installs clamav-milter but does not start it, and says so', async () => {
    const { exitCode, output, stdout } = await tarball.setup('--yes', '--milters', 'clamav');
    expect(exitCode, output).toBe(3);
    expect(stdout).not.toContain('status: pass');
    expect(stdout).toMatch(/no virus signatures/);
    expect(stdout).toContain('freshclam && milter-setup enable clamav-milter');
    await host.run('dpkg', '--status', 'clamav-milter');
    expect(await state('clamav-milter')).not.toBe('active');
    expect((await host.exec('systemctl', 'is-enabled', 'clamav-milter')).exitCode).not.toBe(0);
    expect(await state('milter-manager')).toBe('active');
  });

  it('still takes mail', async () => {
    expect(await code({ client: WELL_NAMED })).toBe(250);
  });

  it('is finished with the command that it named, once there are signatures', async () => {
    putSignatures(host);
    const { exitCode, output, stdout } = await tarball.setup('enable', 'clamav-milter', '--yes');
    expect(exitCode, output).toBe(0);
    expect(stdout).toMatch(/^status: pass$/m);
    expect(await code({ client: WELL_NAMED, body: EICAR })).toBe(550);
    expect(await code({ client: WELL_NAMED })).toBe(250);
  });

  it('adds a milter that was left out', async () => {
    expect(await code({ client: DIAL_UP })).toBe(250);
    const { exitCode, output } = await tarball.setup('add', 'greylist', '--yes');
    expect(exitCode, output).toBe(0);
    expect(await code({ client: DIAL_UP })).toBe(451);
    expect(await code({ client: WELL_NAMED, body: EICAR })).toBe(550);
  });

  it('removes a milter with its package', async () => {
    const { exitCode, output } = await tarball.setup('remove', 'greylist', '--yes');
    expect(exitCode, output).toBe(0);
    expect(host.exists('/usr/sbin/milter-greylist')).toBe(false);
    expect(await code({ client: DIAL_UP })).toBe(250);
    expect(await code({ client: WELL_NAMED, body: EICAR })).toBe(550);
  });

  it('takes everything back, the packages too', async () => {
    const { runs } = JSON.parse((await tarball.setup('undo', '--list', '--json')).stdout) as {
      runs: readonly { readonly id: string }[];
    };
    const { exitCode, output } = await tarball.setup(
      ...['undo', '--to', runs.at(-1)!.id, '--packages', '--yes'],
    );
    expect(exitCode, output).toBe(0);
    for (const program of ['postfix', 'clamd', 'clamav-milter', 'milter-greylist']) {
      expect(host.exists(`/usr/sbin/${program}`), program).toBe(false);
    }
    const left = differences(fresh, listPaths(host, ['/etc', '/usr/local']));
    expect(left.filter((line) => /milter-manager|milter-setup|milter-test/.test(line))).toEqual([]);
    // Packages leave their configuration, users and alternatives; nothing that was there is gone.
    expect(left.filter((line) => line.startsWith('-'))).toEqual([]);
  });
});

/** What a host looks like after the first run: services, programs, and the settings of the install documents. */
import { beforeAll, expect, it } from 'vitest';
import type { BootedHost } from './host.ts';
import { servicesOf, type TestedPlatform } from './tested-platforms.ts';

/** @param delay seconds that milter-greylist was told to make strangers wait */
export function describeHostSetUp(
  booted: () => BootedHost,
  platform: TestedPlatform,
  delay: number,
): void {
  const greylisting = platform.milters.includes('milter-greylist');
  let host: BootedHost;
  beforeAll(() => {
    host = booted();
  });
  const setting = async (name: string) => (await host.run('postconf', '-h', name)).trim();
  const text = (path: string) => host.read(path).toString('latin1');
  const state = async (verb: string, unit: string) =>
    (await host.exec('systemctl', verb, unit)).stdout.trim().split('\n').at(-1);

  it('has every service enabled and running', async () => {
    for (const service of servicesOf(platform)) {
      const states = [await state('is-active', service), await state('is-enabled', service)];
      expect([service, ...states]).toEqual([service, 'active', 'enabled']);
    }
  });

  it('installs a manager that needs neither npx nor root', async () => {
    const unit = await host.run('systemctl', 'show', '-p', 'ExecStart,User', 'milter-manager');
    expect(unit).toContain('User=milter-manager');
    expect(unit).toContain('/usr/local/sbin/milter-manager');
    for (const program of ['/usr/local/sbin/milter-manager', '/usr/local/bin/milter-test-server']) {
      expect(text(program).split('\n')[0]).toMatch(/^#!\/\S*\/node$/);
      const user = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'];
      expect(await host.run(...user, program, '--version')).toMatch(/\d+\.\d+\.\d+/);
    }
    expect(await host.run('id', '-Gn', 'milter-manager')).toMatch(/\bclamav\b/);
    const manager = await host.run(
      'systemctl',
      'show',
      '-p',
      'MainPID',
      '--value',
      'milter-manager',
    );
    const owner = await host.run('ps', '-o', 'user:20=,args=', '-p', manager.trim());
    expect(owner).toMatch(/^milter-manager\s/);
    expect(owner).not.toContain('.npm');
  });

  it('points Postfix at the manager and at nothing else', async () => {
    expect(await setting('smtpd_milters')).toMatch(
      /^unix:\/?milter-manager\/milter-manager\.sock$/,
    );
    expect(await setting('milter_default_action')).toBe('accept');
    expect(await setting('milter_protocol')).toBe('6');
    expect((await setting('milter_mail_macros')).split(' ').toSorted()).toEqual(
      [
        ...['i', '{auth_type}', '{auth_authen}', '{auth_author}'],
        ...['{mail_addr}', '{mail_host}', '{mail_mailer}'],
      ].toSorted(),
    );
  });

  it.runIf(greylisting)('greylists as the documents say', async () => {
    const greylist = text('/etc/milter-greylist/greylist.conf');
    for (const line of [
      ...['subnetmatch /24', `greylist ${delay}s`, 'autowhite 1w', 'racl greylist default'],
      'socket "/var/run/milter-greylist/milter-greylist.sock" 660',
    ]) {
      expect(greylist.split('\n')).toContain(line);
    }
    expect(greylist).not.toMatch(/^racl whitelist default/m);
    expect(
      (await host.run('stat', '-c', '%a', '/run/milter-greylist/milter-greylist.sock')).trim(),
    ).toBe('660');
  });

  it("writes the documents' settings where the scanners read them", async () => {
    const clamav = text('/etc/clamav/clamav-milter.conf');
    for (const [key, value] of [
      ...([
        ['OnInfected', 'Reject'],
        ['AddHeader', 'Replace'],
        ['LogSyslog', /^(yes|true)$/],
      ] as const),
      ...([
        ['LogFacility', 'LOG_MAIL'],
        ['LogInfected', 'Full'],
        ['MilterSocketMode', '660'],
      ] as const),
    ]) {
      // The first line of a key counts.
      expect(new RegExp(`^${key} (.*)$`, 'm').exec(clamav)?.[1], key).toMatch(value);
    }
    const processes = await host.run('ps', '-eo', 'args');
    expect(processes).toMatch(/spamd .*--max-children 30\b/);
    expect(processes).toMatch(/spamass-milter .*-m -r 15\b/);
  });
}

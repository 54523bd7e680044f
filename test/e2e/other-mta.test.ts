/** A Debian 13 that has Exim already, with a message in its queue: asked before it goes, given back by undo. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, whyNoHosts, type BootedHost } from './host.ts';
import { differences, listPaths, type Listing } from './listing.ts';
import { prepareForMail, putSignatures } from './mail-host.ts';
import { copyPackage, packPackage, type Package } from './package.ts';

const missing = whyNoHosts();
const WATCHED = ['/etc', '/usr/local', '/usr/sbin'];

describe.skipIf(missing !== undefined)(`a host with Exim ${missing ?? ''}`, { retry: 0 }, () => {
  let host: BootedHost;
  let tarball: Package;
  let before: Listing;

  beforeAll(async () => {
    host = await boot('e2e-exim', 'debian13', 144);
    tarball = copyPackage(host, await packPackage());
    await prepareForMail(host);
    putSignatures(host);
    const apt = (...words: readonly string[]) =>
      host.run('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', ...words);
    await apt('update');
    await apt('install', '--no-install-recommends', 'exim4-daemon-light');
    const conf = '/etc/exim4/update-exim4.conf.conf';
    await host.run('sed', '-i', "s/^dc_smarthost=.*/dc_smarthost='relay.example::587'/", conf);
    // Its daemon would deliver it at once; a frozen message stays.
    await host.run('systemctl', 'stop', 'exim4');
    await host.run('sh', '-c', "printf 'Subject: wait\\n\\nhello\\n' | exim4 -odq -f root alice");
    await host.run('sh', '-c', 'exim4 -Mf $(exim4 -bpr | sed -n "s/.* \\([^ ]*\\) <.*/\\1/p")');
    await host.run('systemctl', 'start', 'exim4');
    expect((await host.run('exim4', '-bpc')).trim()).toBe('1');
    before = listPaths(host, WATCHED);
  });
  afterAll(() => host.down());

  const changed = () => differences(before, listPaths(host, WATCHED));

  it('hears in the plan what goes, with its queue and its smarthost', async () => {
    const { stdout } = await tarball.setup('--dry-run', '--yes');
    const said = stdout.replaceAll(/\s+/g, ' ');
    expect(said).toMatch(/The installation removes exim4-\S+, exim4-\S+, exim4-\S+\./);
    expect(said).toContain('Exim is the mail server of this host; Postfix replaces it.');
    expect(said).toContain('1 message waits in its queue /var/spool/exim4/input');
    expect(said).toContain("postconf -e 'relayhost = [relay.example]:587'");
    expect(changed()).toEqual([]);
  });

  it('--yes alone does not replace it', async () => {
    const { exitCode, output } = await tarball.setup('--yes');
    expect(output).toContain('installing Postfix removes Exim');
    expect(output).toContain('--replace-mta');
    expect(exitCode, output).toBe(2);
    expect(changed()).toEqual([]);
    expect((await host.exec('systemctl', 'is-active', 'exim4')).stdout.trim()).toBe('active');
  });

  it('--replace-mta does', async () => {
    const { exitCode, output } = await tarball.setup('--yes', '--replace-mta');
    expect(exitCode, output).toBe(0);
    const query = ['dpkg-query', '-W', '-f', '${db:Status-Status}', 'exim4-daemon-light'];
    expect(await host.run(...query)).toBe('config-files');
    expect((await host.exec('systemctl', 'is-active', 'postfix')).stdout.trim()).toBe('active');
  });

  it('undo --packages gives Exim back, with its queue', async () => {
    const { exitCode, output } = await tarball.setup('undo', '--packages', '--yes');
    expect(exitCode, output).toBe(0);
    expect(host.exists('/usr/sbin/postfix')).toBe(false);
    expect((await host.exec('systemctl', 'is-active', 'exim4')).stdout.trim()).toBe('active');
    expect((await host.run('exim4', '-bpc')).trim()).toBe('1');
    const listening = await host.run('ss', '-Hltnp', 'sport = :25');
    expect(listening).toMatch(/exim4/);
    expect(listening).not.toMatch(/master/);
    // Postfix's package makes /etc/aliases.db; conffiles of what was removed stay, as apt keeps them.
    const left = changed().filter((line) => /exim4|\/etc\/mailname/.test(line));
    expect(left).toEqual([]);
  });
});

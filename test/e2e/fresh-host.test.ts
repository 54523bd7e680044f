/** A fresh Debian 13 on which nothing is changed: the package offline, the dry run, and a wizard that is left. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, whyNoHosts, type BootedHost } from './host.ts';
import { differences, listPaths, type Listing } from './listing.ts';
import { copyPackage, packPackage, type Package } from './package.ts';
import { KEYS, openTerminal } from './terminal.ts';

const missing = whyNoHosts();
const WATCHED = ['/etc', '/usr/local', '/usr/lib/systemd', '/usr/sbin', '/var/lib', '/var/spool'];

describe.skipIf(missing !== undefined)(`a fresh Debian 13 ${missing ?? ''}`, () => {
  let host: BootedHost;
  let tarball: Package;
  let fresh: Listing;

  beforeAll(async () => {
    host = await boot('e2e-fresh', 'debian13', 60);
    tarball = copyPackage(host, await packPackage());
    fresh = listPaths(host, WATCHED);
  });
  afterAll(() => host.down());

  const changed = () => differences(fresh, listPaths(host, WATCHED));

  it('starts from the tarball within seconds, without a network', async () => {
    const { exitCode, stdout, seconds } = await host.offline(() => tarball.setup('--version'));
    expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+/);
    expect(exitCode).toBe(0);
    expect(seconds).toBeLessThan(20);
  });

  it('shows packages, diffs and commands in a dry run, and changes nothing', async () => {
    const { exitCode, stdout } = await tarball.setup('--dry-run', '--yes');
    expect(changed()).toEqual([]);
    // Changes are pending.
    expect(exitCode).toBe(3);

    const install = stdout.split('\n').filter((line) => /apt-get .*\binstall\b/.test(line));
    for (const name of [
      ...['postfix', 'spamassassin', 'spamd', 'spamass-milter', 'clamav-daemon'],
      ...['clamav-freshclam', 'clamav-milter', 'milter-greylist'],
    ]) {
      expect(install.join('\n').split(/[\s']+/)).toContain(name);
    }
    for (const [path, comesWith, setting] of [
      ['/etc/postfix/main.cf', 'postfix', 'milter_default_action = accept'],
      ['/etc/milter-greylist/greylist.conf', 'milter-greylist', 'racl greylist default'],
      ['/etc/clamav/clamav-milter.conf', 'clamav-milter', 'OnInfected Reject'],
      ['/etc/spamassassin/local.cf', 'spamassassin', 'remove_header ham Status'],
      ['/etc/default/spamd', 'spamd', 'max-children 30'],
      ['/etc/default/spamass-milter', 'spamass-milter', '-m -r 15'],
    ] as const) {
      const diff = diffOf(stdout, path);
      expect(diff, path).toContain(setting);
      expect(diff.split('\n').filter((line) => line.startsWith('-'))).toEqual([]);
      expect(stdout, path).toContain(`after ${comesWith} is installed`);
    }
    expect(diffOf(stdout, '/etc/systemd/system/milter-manager.service')).toContain('ExecStart=');
    const commands = stdout.slice(stdout.indexOf('Commands, in order'));
    const inOrder = [
      ...[/apt-get .*install/, /useradd .*milter-manager/, /milter-manager .*--check/],
      ...[/systemctl enable milter-manager/, /systemctl start milter-manager/],
      ...[/milter-test-server .*--sample eicar/, /write \/etc\/postfix\/main\.cf/, /postfix check/],
    ].map((step) => commands.search(step));
    expect(inOrder).not.toContain(-1);
    expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
  });

  it('asks, shows the plan, and changes nothing where it is declined', async () => {
    const terminal = openTerminal(host.onTerminal(...tarball.argv('milter-setup')));
    await terminal.see('Debian GNU/Linux 13');
    await terminal.see('Which milters shall filter the mail?');
    for (const name of ['milter-greylist', 'clamav-milter', 'spamass-milter']) {
      await terminal.see(name);
    }
    terminal.press(KEYS.enter);
    await terminal.see('while the milter manager is down?');
    terminal.press(KEYS.down, KEYS.enter);
    await terminal.see('How many SMTP connections');
    terminal.press('a few', KEYS.enter);
    await terminal.see(/number/i);
    terminal.press(...Array.from('a few', () => KEYS.backspace), '60', KEYS.enter);
    await terminal.see('Which other networks are yours');
    terminal.press(KEYS.enter);
    await terminal.see('[q]uit');
    terminal.press('v', KEYS.enter);
    // The answers are in the diffs: the second default action, about a third of 60 connections.
    await terminal.see('+milter_default_action = tempfail');
    await terminal.see('[q]uit');
    expect(terminal.screen).toMatch(/^\+OPTIONS=.*--max-children (18|19|20)\b/m);
    terminal.press('q', KEYS.enter);
    expect(await terminal.ended).toBe(130);
    expect(changed()).toEqual([]);
  });

  it('ends with one line at Ctrl-C', async () => {
    const terminal = openTerminal(host.onTerminal(...tarball.argv('milter-setup')));
    await terminal.see('Which milters shall filter the mail?');
    terminal.press(KEYS.controlC);
    expect(await terminal.ended).toBe(130);
    expect(terminal.screen.match(/cancelled/g)).toHaveLength(1);
    expect(terminal.screen).not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(changed()).toEqual([]);
  });

  it('says what is missing where nobody can be asked', async () => {
    const { exitCode, output } = await tarball.setup();
    expect(exitCode).toBe(2);
    expect(output).toContain('--milters');
    expect(changed()).toEqual([]);
  });
});

/** The unified diff of one file in the output. */
function diffOf(output: string, path: string): string {
  const lines = output.split('\n');
  const start = lines.findIndex((line) => line.startsWith('+++') && line.includes(path));
  if (start === -1) return '';
  const length = lines.slice(start).findIndex((line) => line === '' || line.startsWith('# '));
  return lines.slice(start, length === -1 ? undefined : start + length).join('\n');
}

/** The main job on a fresh Debian 13: set up, real mails, changes, a reboot, and all of it taken back. */
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { boot, whyNoHosts, type BootedHost } from './host.ts';
import { differences, listPaths, under, type Listing } from './listing.ts';
import {
  addClientAddresses,
  deliveredMail,
  DIAL_UP,
  EICAR,
  GTUBE,
  newSender,
  OFFICE,
  OFFICE_NETWORK,
  PRIVATE,
  sendMail,
  WELL_NAMED,
} from './mail.ts';
import {
  keepStockEtc,
  keepStockEtcNoMore,
  prepareForMail,
  putSignatures,
  STOCK_ETC,
} from './mail-host.ts';
import { copyPackage, packPackage, type Package } from './package.ts';
import { KEYS, openTerminal } from './terminal.ts';

const missing = whyNoHosts();
/** Seconds; `--greylist-delay`. */
const DELAY = 8;
const SERVICES = [
  ...['postfix', 'spamd', 'spamass-milter', 'clamav-daemon', 'clamav-freshclam'],
  ...['clamav-milter', 'milter-greylist', 'milter-manager'],
];
const MAIN_CF = '/etc/postfix/main.cf';

describe.skipIf(missing !== undefined)(`Debian 13 ${missing ?? ''}`, () => {
  let host: BootedHost;
  let tarball: Package;
  let fresh: Listing;
  let setUp = false;

  beforeAll(async () => {
    host = await boot('e2e-debian13', 'debian13', 61);
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

  const active = async (unit: string) => (await host.exec('systemctl', 'is-active', unit)).stdout;
  const setting = async (name: string) => (await host.run('postconf', '-h', name)).trim();
  const text = (path: string) => host.read(path).toString('latin1');

  async function expectFiltering(greylisted: boolean): Promise<void> {
    const clean = await sendMail(host, { client: WELL_NAMED });
    expect(clean.final.code).toBe(250);
    const { headers } = await deliveredMail(host, clean);
    expect(headers.get('x-spam-checker-version')?.[0]).toMatch(/^SpamAssassin/);
    expect(headers.get('x-virus-scanned')?.[0]).toMatch(/^clamav-milter/);
    const virus = await sendMail(host, { client: WELL_NAMED, body: EICAR });
    expect(virus.replies.message?.code).toBe(550);
    const spam = await sendMail(host, { client: WELL_NAMED, body: GTUBE });
    expect(spam.replies.message?.code).toBe(550);
    const stranger = await sendMail(host, { client: DIAL_UP });
    expect(stranger.final.code).toBe(greylisted ? 451 : 250);
  }

  describe('the first run', () => {
    it('sets the host up with the defaults and proves it', async () => {
      const { exitCode, output, stdout } = await tarball.setup(
        ...['--yes', '--greylist-delay', `${DELAY}s`, '--local-networks', OFFICE_NETWORK],
      );
      expect(exitCode, output).toBe(0);
      expect(stdout.trimEnd()).toMatch(/\nstatus: pass\nelapsed-time: \d+\.\d+ seconds$/);
      setUp = true;
      keepStockEtcNoMore(host);
    });

    it('has every service enabled and running', async () => {
      for (const service of SERVICES) {
        const enabled = (await host.exec('systemctl', 'is-enabled', service)).stdout.trim();
        expect([service, (await active(service)).trim(), enabled.split('\n').at(-1)]).toEqual([
          service,
          'active',
          'enabled',
        ]);
      }
    });

    it('installs a manager that needs neither npx nor root', async () => {
      const unit = await host.run('systemctl', 'show', '-p', 'ExecStart,User', 'milter-manager');
      expect(unit).toContain('User=milter-manager');
      expect(unit).toContain('/usr/local/sbin/milter-manager');
      for (const program of [
        '/usr/local/sbin/milter-manager',
        '/usr/local/bin/milter-test-server',
      ]) {
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

    it("writes the documents' settings where each program reads them", async () => {
      const greylist = text('/etc/milter-greylist/greylist.conf');
      for (const line of [
        ...['subnetmatch /24', `greylist ${DELAY}s`, 'autowhite 1w', 'racl greylist default'],
        'socket "/var/run/milter-greylist/milter-greylist.sock" 660',
      ]) {
        expect(greylist.split('\n')).toContain(line);
      }
      expect(greylist).not.toMatch(/^racl whitelist default/m);
      expect(
        (await host.run('stat', '-c', '%a', '/run/milter-greylist/milter-greylist.sock')).trim(),
      ).toBe('660');

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
  });

  describe('real mails', () => {
    it("delivers a clean mail at once, with the scanners' headers", async () => {
      const clean = await sendMail(host, { client: WELL_NAMED });
      expect(clean.final.code).toBe(250);
      const { headers, body } = await deliveredMail(host, clean);
      expect(body.trim()).toBe('Shall we meet at noon?');
      expect(headers.get('x-spam-checker-version')).toHaveLength(1);
      expect(headers.get('x-virus-scanned')).toHaveLength(1);
      expect(headers.get('x-virus-status')).toEqual(['Clean']);
      // Only spam gets these: remove_header ham.
      expect(headers.has('x-spam-status')).toBe(false);
      expect(headers.has('x-spam-level')).toBe(false);
    });

    it('rejects a virus and spam at the end of the message', async () => {
      const virus = await sendMail(host, { client: WELL_NAMED, body: EICAR });
      expect(virus.replies.message?.text).toMatch(/^550 5\.7\.1 /);
      const spam = await sendMail(host, { client: WELL_NAMED, body: GTUBE });
      expect(spam.replies.message?.text).toBe('550 5.7.1 Blocked by SpamAssassin');
    });

    it('makes a suspicious unknown client come back after the delay', async () => {
      const letter = { client: DIAL_UP, sender: newSender() };
      const first = await sendMail(host, letter);
      expect(first.replies.rcpt?.text).toMatch(/^451 4\.7\.1 Greylisting in action/);
      expect((await sendMail(host, letter)).final.code).toBe(451);
      await sleep((DELAY + 2) * 1000);
      const retry = await sendMail(host, letter);
      expect(retry.final.code).toBe(250);
      const { headers } = await deliveredMail(host, retry);
      expect(headers.get('x-greylist')?.join()).toMatch(
        /Delayed for 00:00:\d\d by milter-greylist/,
      );
    });

    it.each([
      ['of a network that was named as ours', OFFICE],
      ['of a private network', PRIVATE],
    ])('does not greylist a client %s', async (_what, client) => {
      expect((await sendMail(host, { client })).final.code).toBe(250);
    });

    it('greylists by what XCLIENT says of the client', async () => {
      const before = host.read('/etc/postfix/master.cf');
      const allow = 'smtp/inet/smtpd_authorized_xclient_hosts=10.77.0.0/24';
      await host.run('postconf', '-P', allow);
      await host.run('postfix', 'reload');
      const stranger = await sendMail(host, { client: DIAL_UP, by: 'xclient' });
      expect(stranger.replies.rcpt?.code).toBe(451);
      const known = await sendMail(host, { client: WELL_NAMED, by: 'xclient' });
      expect(known.final.code).toBe(250);
      fs.writeFileSync(join(host.root, 'etc/postfix/master.cf'), before);
      await host.run('postfix', 'reload');
    });

    it('logs one line for each mail with what each milter said', async () => {
      const clean = await sendMail(host, { client: WELL_NAMED });
      const id = /queued as (\S+)/.exec(clean.final.text)![1]!;
      await sleep(500);
      const log = await host.run('journalctl', '--no-pager', '-o', 'cat', '-t', 'milter-manager');
      const lines = log.split('\n').filter((line) => line.includes(id));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/spamass-milter.*\d/);
      expect(lines[0]).toMatch(/clamav-milter.*\d/);
    });
  });

  describe('another run', () => {
    it('finds nothing to do and touches nothing', async () => {
      const watched = ['/etc', '/usr/local', '/var/lib/milter-setup'];
      const before = listPaths(host, watched);
      const pids = await host.run('systemctl', 'show', '-p', 'MainPID', ...SERVICES);
      const { exitCode, stdout } = await tarball.setup('--yes');
      expect(stdout).toContain('nothing to do');
      expect(exitCode).toBe(0);
      expect(differences(before, listPaths(host, watched))).toEqual([]);
      expect(await host.run('systemctl', 'show', '-p', 'MainPID', ...SERVICES)).toBe(pids);
    });

    it('shows the milters and offers changes; nothing chosen, nothing done', async () => {
      const terminal = openTerminal(host.onTerminal(...tarball.argv('milter-setup')));
      await terminal.see('What shall be done?');
      for (const name of ['milter-greylist', 'clamav-milter', 'spamass-milter']) {
        expect(terminal.screen).toMatch(new RegExp(`${name}\\s+yes\\s+yes\\s+yes\\s+unix:/`));
      }
      terminal.press(KEYS.enter);
      await terminal.see('nothing to do');
      expect(await terminal.ended).toBe(0);
    });

    it('tells the status as text and as JSON', async () => {
      const { exitCode, stdout } = await tarball.setup('status');
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/clamav-milter\s+yes\s+yes\s+yes\s+unix:\/(var\/)?run\/clamav/);
      const status = JSON.parse((await tarball.setup('status', '--json')).stdout) as {
        milters: readonly Record<string, unknown>[];
      };
      expect(status.milters.find(({ name }) => name === 'milter-greylist')).toMatchObject({
        installed: true,
        enabled: true,
        running: true,
        socket: 'unix:/var/run/milter-greylist/milter-greylist.sock',
      });
    });

    it('disables a milter and leaves main.cf alone', async () => {
      const before = host.read(MAIN_CF);
      const { exitCode, output } = await tarball.setup('disable', 'milter-greylist', '--yes');
      expect(exitCode, output).toBe(0);
      expect((await active('milter-greylist')).trim()).toBe('inactive');
      expect((await host.exec('systemctl', 'is-enabled', 'milter-greylist')).exitCode).not.toBe(0);
      expect(host.read(MAIN_CF).equals(before)).toBe(true);
      await expectFiltering(false);
    });

    it('enables it again', async () => {
      const before = host.read(MAIN_CF);
      const { exitCode, output } = await tarball.setup('enable', 'greylist', '--yes');
      expect(exitCode, output).toBe(0);
      expect((await active('milter-greylist')).trim()).toBe('active');
      expect(host.read(MAIN_CF).equals(before)).toBe(true);
      await expectFiltering(true);
    });

    it('follows a milter that is switched by hand, after a reload of the manager', async () => {
      await host.run('systemctl', 'disable', '--now', 'milter-greylist');
      await host.run('systemctl', 'reload', 'milter-manager');
      await sleep(500);
      await expectFiltering(false);
      await host.run('systemctl', 'enable', '--now', 'milter-greylist');
      await host.run('systemctl', 'reload', 'milter-manager');
      await sleep(500);
      await expectFiltering(true);
    });
  });

  it('filters after a reboot, without anything of npx', async () => {
    await host.run('sh', '-c', 'rm -rf /root/.npm');
    await host.reboot();
    await addClientAddresses(host);
    for (const service of SERVICES) {
      expect([service, (await active(service)).trim()]).toEqual([service, 'active']);
    }
    await expectFiltering(true);
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
      const others = differences(stock, now).filter(
        (line) =>
          // useradd and its like keep what was before them in the files that end in a hyphen.
          !/^~ \/etc\/\w+-$/.test(line) &&
          // systemctl sets these beside its own links, which are compared; a native unit ignores them.
          !/^[+-] \/etc\/rc\d\.d\/[SK]01(clamav-freshclam|milter-greylist)$/.test(line),
      );
      expect(others).toEqual([]);
      const local = (listing: Listing) =>
        new Map([...listing].filter(([path]) => path.startsWith('/usr/local/')));
      expect(differences(local(fresh), local(listPaths(host, ['/usr/local'])))).toEqual([]);
    });

    it('leaves Postfix delivering, unfiltered', async () => {
      expect(await setting('smtpd_milters')).toBe('');
      expect((await host.exec('systemctl', 'is-active', 'milter-manager')).exitCode).not.toBe(0);
      const mail = await sendMail(host, { client: DIAL_UP, body: EICAR });
      expect(mail.final.code).toBe(250);
      expect((await deliveredMail(host, mail)).headers.has('x-virus-scanned')).toBe(false);
    });

    it('sets it all up again from there', async () => {
      const { exitCode, output } = await tarball.setup('--yes');
      expect(exitCode, output).toBe(0);
      await expectFiltering(true);
    });
  });
});

/** A Debian 13 that signs and scores mail already, set up by hand: all of it goes on behind the manager, and back. */
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, whyNoHosts, type BootedHost } from './host.ts';
import { differences, listPaths, type Listing } from './listing.ts';
import { addClientAddresses, deliveredMail, GTUBE, OFFICE, sendMail, WELL_NAMED } from './mail.ts';
import { prepareForMail } from './mail-host.ts';
import { copyPackage, packPackage, type Package } from './package.ts';
import { changesBetween, stateOf, type HostState } from './trusted-host.ts';

const missing = whyNoHosts();
const DOMAIN = 'example.test';
const MADE = ['/var/spool/postfix/milter-manager', '/etc/dkimkeys'];
const THEIRS = ['/etc/opendkim.conf', '/etc/default', '/etc/dkimkeys', '/etc/spamassassin'];

const OPENDKIM_CONF = `# ours, by hand
Syslog yes
UserID opendkim
PidFile /run/opendkim/opendkim.pid
Mode sv
Socket inet:8891@localhost
Domain ${DOMAIN}
Selector byhand
KeyFile /etc/dkimkeys/byhand.private
InternalHosts 127.0.0.1,192.0.2.0/24
`;

/** What many a guide says: postfix, opendkim on a port, spamass-milter on a socket in Postfix's directory. */
async function setUpByHand(host: BootedHost): Promise<void> {
  const apt = (...words: readonly string[]) =>
    host.run('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', ...words);
  await apt('update');
  await apt('install', '--no-install-recommends', 'postfix');
  await apt(
    ...['install', '--no-install-recommends', 'opendkim', 'opendkim-tools'],
    ...['spamassassin', 'spamd', 'spamass-milter'],
  );
  await host.run(
    ...['opendkim-genkey', '-b', '2048', '-d', DOMAIN, '-s', 'byhand', '-D', '/etc/dkimkeys'],
  );
  await host.run('chown', 'opendkim:opendkim', '/etc/dkimkeys/byhand.private');
  fs.writeFileSync(join(host.root, 'etc/opendkim.conf'), OPENDKIM_CONF);
  fs.writeFileSync(
    join(host.root, 'etc/default/spamass-milter'),
    'OPTIONS="-u spamass-milter -r 12"\nSOCKET="/var/spool/postfix/spamass/hand.sock"\n' +
      'SOCKETOWNER="postfix:postfix"\nSOCKETMODE="0660"\n',
  );
  await host.run(
    ...['postconf', 'milter_default_action = tempfail', 'non_smtpd_milters = inet:localhost:8891'],
    'smtpd_milters = { inet:localhost:8891, connect_timeout=10s }, unix:spamass/hand.sock',
  );
  await host.run('systemctl', 'enable', '--quiet', 'spamd', 'opendkim', 'spamass-milter');
  await host.run('systemctl', 'restart', 'spamd', 'opendkim', 'spamass-milter', 'postfix');
}

const PACKAGE_UNIT = '/usr/lib/systemd/system/milter-manager.service';
const CONF = '/etc/milter-manager';

/**
 * No Debian has the C milter-manager. What stands for it has its package's names and files and
 * really filters: our own manager, told by an ini of its own where to listen.
 */
async function putStandIn(host: BootedHost, tarball: Package): Promise<void> {
  const write = (path: string, text: string, mode = 0o644) => {
    fs.mkdirSync(join(host.root, dirname(path)), { recursive: true });
    fs.writeFileSync(join(host.root, path), text, { mode });
  };
  const socket = '/var/spool/postfix/milter-manager/milter-manager.sock';
  const inside = tarball.argv('milter-manager').find((word) => word.includes('--package='))!;
  const [, packed = ''] = inside.split('=');
  await host.run('sh', '-c', `mkdir -p /opt/stand-in && tar -xzf ${packed} -C /opt/stand-in`);
  const real = '/opt/stand-in/package/dist/milter-manager.cjs';
  write('/usr/sbin/milter-manager', `#!/bin/sh\nexec node ${real} -c /opt/stand-in "$@"\n`, 0o755);
  write(
    '/opt/stand-in/milter-manager.ini',
    '[manager]\nunix_socket_mode = 0660\nunix_socket_group = postfix\n',
  );
  write(
    `${CONF}/milter-manager.conf`,
    'load("applicable-conditions/*.conf")\nload_default\nload_if_exist("milter-manager.local.conf")\n',
  );
  write(
    `${CONF}/milter-manager.local.conf`,
    'define_milter("spamass-milter") do |milter|\n  milter.fallback_status = "temporary-failure"\nend\n',
  );
  write('/etc/default/milter-manager', `SOCKET_GROUP=postfix\nCONNECTION_SPEC=unix:${socket}\n`);
  write(
    PACKAGE_UNIT,
    '[Unit]\nDescription=A milter to use milters effectively\n[Service]\n' +
      'EnvironmentFile=-/etc/default/milter-manager\n' +
      'ExecStartPre=/usr/bin/install -d -o postfix -g postfix /var/spool/postfix/milter-manager\n' +
      'ExecStart=/usr/sbin/milter-manager --no-daemon -s $CONNECTION_SPEC\n' +
      '[Install]\nWantedBy=multi-user.target\n',
  );
  await host.run('systemctl', 'daemon-reload');
  await host.run('systemctl', 'enable', '--quiet', '--now', 'milter-manager');
  await host.run(
    ...['postconf', 'smtpd_milters = unix:/milter-manager/milter-manager.sock'],
    'non_smtpd_milters = unix:/milter-manager/milter-manager.sock',
  );
  await host.run('systemctl', 'reload', 'postfix');
  for (let tries = 0; tries < 100 && !host.exists(socket); tries += 1) await sleep(100);
}

describe.skipIf(missing !== undefined)(`an existing Debian 13 ${missing ?? ''}`, () => {
  let host: BootedHost;
  let tarball: Package;
  let byHand: HostState;

  beforeAll(async () => {
    host = await boot('exi-hand', 'debian13', 141);
    tarball = copyPackage(host, await packPackage());
    await prepareForMail(host);
    await setUpByHand(host);
  });
  afterAll(() => host.down());

  const setting = async (name: string) => (await host.run('postconf', '-h', name)).trim();

  /** Mail of our own is signed with the key made by hand; spam from outside is refused. */
  async function expectSignedAndScored(): Promise<void> {
    const ours = await sendMail(host, { client: OFFICE, sender: `alice@${DOMAIN}` });
    expect(ours.final.code).toBe(250);
    const { headers } = await deliveredMail(host, ours);
    expect(headers.get('dkim-signature')?.join()).toContain(`d=${DOMAIN}; s=byhand;`);
    const spam = await sendMail(host, { client: WELL_NAMED, body: GTUBE });
    expect(spam.replies.message?.code).toBe(550);
  }

  it('works as it was set up by hand', async () => {
    await expectSignedAndScored();
    byHand = await stateOf(host, MADE);
  });

  it('is put behind the manager by --yes, its settings kept', async () => {
    const before = listPaths(host, THEIRS);
    const { exitCode, stdout, output } = await tarball.setup('--yes');
    expect(exitCode, output).toBe(0);
    expect(stdout).toContain('status: pass');
    expect(stdout).toMatch(/opendkim keeps its settings: inet:8891@localhost/);
    expect(stdout).not.toContain('apt-get');
    expect(differences(before, listPaths(host, THEIRS))).toEqual([]);
    const socket = 'unix:/milter-manager/milter-manager.sock';
    expect(await setting('smtpd_milters')).toBe(socket);
    expect(await setting('non_smtpd_milters')).toBe(socket);
    expect(await setting('milter_default_action')).toBe('tempfail');
  });

  it('signs and scores through the manager', async () => {
    await expectSignedAndScored();
    const log = await host.run('journalctl', '--no-pager', '-t', 'milter-manager');
    expect(log).toMatch(/opendkim/);
    expect(log).toMatch(/spamass-milter/);
  });

  it('tells senders to come back while one of them is down, as before', async () => {
    await host.run('systemctl', 'stop', 'spamass-milter');
    const { final } = await sendMail(host, { client: WELL_NAMED });
    expect(final.code).toBe(451);
    await host.run('systemctl', 'start', 'spamass-milter');
    expect((await sendMail(host, { client: WELL_NAMED })).final.code).toBe(250);
  });

  it('finds nothing to do a second time', async () => {
    const { stdout, exitCode } = await tarball.setup('--yes');
    expect(stdout).toContain('nothing to do');
    expect(exitCode).toBe(0);
  });

  it('is as it was made by hand after undo, and works', async () => {
    const { exitCode, output } = await tarball.setup('undo', '--yes');
    expect(exitCode, output).toBe(0);
    expect(changesBetween(byHand, await stateOf(host, MADE))).toEqual([]);
    await expectSignedAndScored();
  });

  describe('with a C milter-manager in front of them', () => {
    const THEIR_FILES = ['/etc/milter-manager', '/usr/sbin/milter-manager', PACKAGE_UNIT];
    let before: HostState;
    let theirs: Listing;

    const active = async (unit: string) =>
      (await host.exec('systemctl', 'is-active', unit)).stdout.trim();

    beforeAll(async () => {
      await putStandIn(host, tarball);
      before = await stateOf(host, [...MADE, '/var/spool/postfix/milter-setup']);
      theirs = listPaths(host, THEIR_FILES);
    });

    it('works through that', async () => {
      await expectSignedAndScored();
    });

    it('is told of it, and left alone by --yes', async () => {
      const { exitCode, output } = await tarball.setup('--yes');
      expect(exitCode).toBe(2);
      expect(output).toContain('The C milter-manager filters mail on this host');
      expect(output).toContain('--take-over yes');
      expect(changesBetween(before, await stateOf(host, MADE))).toEqual([]);
    });

    it('is taken over with consent, its files left as they are', async () => {
      const { exitCode, stdout, output } = await tarball.setup('--yes', '--take-over', 'yes');
      expect(exitCode, output).toBe(0);
      expect(stdout).toContain('status: pass');
      expect(differences(theirs, listPaths(host, THEIR_FILES))).toEqual([]);
      expect(await active('milter-manager')).toBe('inactive');
      expect((await host.exec('systemctl', 'is-enabled', 'milter-manager')).stdout).toMatch(
        /^disabled/,
      );
      expect(await active('milter-setup-manager')).toBe('active');
      const shown = await host.run(
        ...['/usr/local/sbin/milter-setup-manager', '-c', '/etc/milter-setup', '--show-config'],
      );
      expect(shown).toMatch(/define_milter\("spamass-milter"\)[^]*"temporary-failure"/);
      expect(await setting('smtpd_milters')).toBe('unix:/milter-setup/milter-manager.sock');
      await expectSignedAndScored();
    });

    it('filters after a reboot', async () => {
      await host.reboot();
      await addClientAddresses(host);
      expect(await active('milter-setup-manager')).toBe('active');
      expect(await active('milter-manager')).toBe('inactive');
      await expectSignedAndScored();
    });

    it('finds nothing to do a second time', async () => {
      const { stdout, exitCode, output } = await tarball.setup('--yes');
      expect(exitCode, output).toBe(0);
      expect(stdout).toContain('nothing to do');
    });

    it('is back after undo: the C program runs and is asked', async () => {
      const { exitCode, output } = await tarball.setup('undo', '--yes');
      expect(exitCode, output).toBe(0);
      expect(await active('milter-manager')).toBe('active');
      const after = await stateOf(host, [...MADE, '/var/spool/postfix/milter-setup']);
      expect(changesBetween(before, after)).toEqual([]);
      await expectSignedAndScored();
    });
  });
});

/**
 * A Debian 13 whose services are in the chroot or not, speak TLS, or ask nobody: each port that should ask the manager
 * is seen to ask it, by the run itself and by mails of ours; where one does not, all is as it was.
 */
import fs from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, whyNoHosts, type BootedHost } from './host.ts';
import { RECIPIENT } from './mail.ts';
import { prepareForMail } from './mail-host.ts';
import { copyPackage, packPackage, type Package } from './package.ts';
import { changesBetween, stateOf, type HostState } from './trusted-host.ts';

const missing = whyNoHosts();
const SETUP = ['--yes', '--milters', 'opendkim', '--default-action', 'tempfail'];
const SOCKETS = '/var/spool/postfix/milter-manager';
const OWN = [SOCKETS, '/etc/dkimkeys'];

/** The stock `smtp` is in the chroot. */
const SERVICES = `submission inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
465 inet n - y - - smtpd
  -o smtpd_tls_wrappermode=yes
2525 inet n - n - - smtpd
10587 inet n - n - - smtpd
  -o smtpd_milters=
`;

/** Systemd keeps that directory from Postfix, which neither main.cf nor the rights of files tell. */
const HIDING = `[Service]\nInaccessiblePaths=-${SOCKETS}\n`;
const HIDING_UNITS = ['postfix', 'postfix@'].map((unit) => `/etc/systemd/system/${unit}.service.d`);

describe.skipIf(missing !== undefined)(`through Postfix ${missing ?? ''}`, () => {
  let host: BootedHost;
  let tarball: Package;
  let before: HostState;

  beforeAll(async () => {
    host = await boot('e2e-ports', 'debian13', 76);
    tarball = copyPackage(host, await packPackage());
    await prepareForMail(host);
    const apt = (...words: readonly string[]) =>
      host.run('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', ...words);
    await apt('update');
    await apt('install', '--no-install-recommends', 'postfix', 'ssl-cert');
    await apt('install', '--no-install-recommends', 'opendkim', 'opendkim-tools');
    fs.appendFileSync(join(host.root, 'etc/postfix/master.cf'), SERVICES);
    await host.run(
      ...['postconf', 'smtpd_tls_cert_file = /etc/ssl/certs/ssl-cert-snakeoil.pem'],
      'smtpd_tls_key_file = /etc/ssl/private/ssl-cert-snakeoil.key',
    );
    await host.run('systemctl', 'restart', 'postfix');
    before = await stateOf(host, OWN);
  });
  afterAll(() => host.down());

  /** Whether the manager was asked about a mail to this port; the port takes it. */
  async function isAsked(port: number, ...tls: readonly string[]): Promise<boolean> {
    const sender = `${randomUUID()}@sender.example`;
    const { exitCode, output } = await host.inNetwork(
      ...['swaks', '--server', '127.0.0.1', '--port', String(port), '--from', sender, ...tls],
      ...['--to', `${RECIPIENT}@${host.name}.example.test`, '--helo', 'mail.sender.example'],
    );
    expect(exitCode, output).toBe(0);
    const kept = host.read('/var/lib/milter-manager/recent.jsonl').toString();
    return kept.split('\n').some((line) => line.includes(sender) && line.includes('queueId'));
  }

  it('is seen to ask the manager on each port that should', async () => {
    const { exitCode, output, stdout } = await tarball.setup(...SETUP);
    expect(exitCode, output).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /postfix pass [\d.]+ s asks the manager about what comes by port 25, 587, 465, 2525 status: pass/,
    );
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /smtpd_milters =: mail that comes by 10587\/inet is not filtered by the manager/,
    );
  });

  it('asks it about mails from both sides of the chroot, in TLS or not', async () => {
    expect(await isAsked(25)).toBe(true);
    expect(await isAsked(587, '--tls')).toBe(true);
    expect(await isAsked(465, '--tls-on-connect')).toBe(true);
    expect(await isAsked(2525)).toBe(true);
    expect(await isAsked(10_587)).toBe(false);
  });

  it('still does after a reboot', async () => {
    await host.reboot();
    expect(await isAsked(25)).toBe(true);
    expect(await isAsked(2525)).toBe(true);
  });

  it('has nothing to do a second time, and is as before after undo', async () => {
    expect((await tarball.setup(...SETUP)).stdout).toContain('nothing to do');
    const { exitCode, output } = await tarball.setup('undo', '--yes');
    expect(exitCode, output).toBe(0);
    expect(changesBetween(before, await stateOf(host, OWN))).toEqual([]);
  });

  it('is undone where Postfix does not get to the manager', async () => {
    // So that it is there when Postfix starts.
    fs.mkdirSync(join(host.root, SOCKETS));
    for (const directory of HIDING_UNITS) {
      fs.mkdirSync(join(host.root, directory), { recursive: true });
      fs.writeFileSync(join(host.root, directory, 'hiding.conf'), HIDING);
    }
    await host.run('systemctl', 'daemon-reload');
    await host.run('systemctl', 'restart', 'postfix');
    const hidden = await stateOf(host, OWN);
    const { exitCode, output } = await tarball.setup(...SETUP);
    expect(exitCode, output).toBe(1);
    expect(output.replace(/\s+/g, ' ')).toContain(
      'port 25 takes mail and does not ask the manager (smtp/inet, /etc/postfix/master.cf:',
    );
    expect(output).not.toContain('status: pass');
    expect(changesBetween(hidden, await stateOf(host, OWN))).toEqual([]);
    const { exitCode: sent } = await host.inNetwork(
      ...['swaks', '--server', '127.0.0.1', '--from', 'a@sender.example'],
      ...['--to', `${RECIPIENT}@${host.name}.example.test`, '--helo', 'mail.sender.example'],
    );
    expect(sent).toBe(0);
  });
});

/** The milters beside the documents' three on a fresh Debian 13: signatures, results in headers, rspamd. */
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, whyNoHosts, type BootedHost } from './host.ts';
import {
  deliveredMail,
  GTUBE,
  mailbox,
  OFFICE,
  OFFICE_NETWORK,
  sendMail,
  WELL_NAMED,
} from './mail.ts';
import { prepareForMail, putSignatures } from './mail-host.ts';
import { copyPackage, packPackage, type Package } from './package.ts';

const missing = whyNoHosts();
const DOMAIN = 'example.test';

describe.skipIf(missing !== undefined)(`more milters on Debian 13 ${missing ?? ''}`, () => {
  describe('with signatures, SPF and DMARC', () => {
    let host: BootedHost;
    let tarball: Package;

    beforeAll(async () => {
      host = await boot('e2e-more', 'debian13', 77);
      tarball = copyPackage(host, await packPackage());
      await prepareForMail(host);
      putSignatures(host);
    });
    afterAll(() => host.down());

    it('sets six milters up at once, proves them, and shows the DNS record', async () => {
      const { exitCode, stdout, output } = await tarball.setup(
        ...['--yes', '--milters', 'opendkim,opendmarc,spf,greylist,clamav,spamass'],
        ...['--local-networks', OFFICE_NETWORK],
      );
      expect(exitCode, output).toBe(0);
      expect(stdout).toContain('status: pass');
      expect(stdout).toMatch(/^mail\._domainkey\.example\.test\.\s+IN\s+TXT\s+\( "v=DKIM1;/m);
      const key = await host.run('stat', '-c', '%a %U:%G', `/etc/dkimkeys/${DOMAIN}/mail.private`);
      expect(key.trim()).toBe('600 opendkim:opendkim');
    });

    it("signs cron's mail so that the published key verifies it", async () => {
      const subject = 'a letter of cron';
      fs.writeFileSync(
        join(host.root, 'root/letter'),
        `From: root@${DOMAIN}\nTo: alice@e2e-more.${DOMAIN}\nSubject: ${subject}\n\nDone.\n`,
      );
      const letter = '/usr/sbin/sendmail -f root@example.test alice@e2e-more.example.test';
      await host.run('sh', '-c', `${letter} < /root/letter`);
      const raw = await rawMail(host, subject);
      expect(raw).toMatch(/^DKIM-Signature: .*d=example\.test; s=mail;/m);
      expect(await verified(host, raw)).toContain('dkim=pass');
      expect(await verified(host, raw.replace('Done.', 'Undone.'))).toContain('dkim=fail');
    });

    it('signs mail of our own networks, and that of nobody else', async () => {
      const sender = `alice@${DOMAIN}`;
      const ours = await sendMail(host, { client: OFFICE, sender });
      const signed = await deliveredMail(host, ours);
      expect(signed.headers.get('dkim-signature')?.[0]).toContain(`d=${DOMAIN}`);
      const forged = await deliveredMail(
        host,
        await sendMail(host, { client: WELL_NAMED, sender }),
      );
      expect(forged.headers.has('dkim-signature')).toBe(false);
    });

    it('says what SPF and DMARC found, under one name', async () => {
      const { headers } = await deliveredMail(host, await sendMail(host, { client: WELL_NAMED }));
      const results = headers.get('authentication-results') ?? [];
      const ours = results.filter((each) => each.startsWith(`e2e-more.${DOMAIN};`));
      expect(ours).toEqual(results);
      expect(ours.join('\n')).toMatch(/spf=none/);
      expect(ours.join('\n')).toMatch(/dmarc=none/);
    });

    it('judges no mail of our own', async () => {
      const { headers } = await deliveredMail(host, await sendMail(host, { client: OFFICE }));
      expect(headers.get('authentication-results')?.join('\n') ?? '').not.toMatch(/spf|dmarc/);
    });

    it('finds nothing to do a second time', async () => {
      const { stdout } = await tarball.setup(
        ...['--yes', '--milters', 'opendkim,opendmarc,spf,greylist,clamav,spamass'],
      );
      expect(stdout).toContain('nothing to do');
    });

    it('takes it all back, the key with it', async () => {
      const { exitCode, output } = await tarball.setup('undo', '--yes');
      expect(exitCode, output).toBe(0);
      expect(host.exists(`/etc/dkimkeys/${DOMAIN}`)).toBe(false);
    });
  });

  describe('with rspamd', () => {
    let host: BootedHost;
    let tarball: Package;

    beforeAll(async () => {
      host = await boot('e2e-rspamd', 'debian13', 78);
      tarball = copyPackage(host, await packPackage());
      await prepareForMail(host);
    });
    afterAll(() => host.down());

    it('is not set up beside spamass-milter by mistake', async () => {
      const { exitCode, output } = await tarball.setup('--yes', '--milters', 'rspamd,spamass');
      expect(exitCode).toBe(2);
      expect(output).toContain('rspamd together with spamass-milter');
      expect(host.exists('/etc/rspamd')).toBe(false);
    });

    it('is set up and proved', async () => {
      const { exitCode, stdout, output } = await tarball.setup('--yes', '--milters', 'rspamd');
      expect(exitCode, output).toBe(0);
      expect(stdout).toContain('status: pass');
    });

    it('refuses spam and scores the rest', async () => {
      const spam = await sendMail(host, { client: WELL_NAMED, body: GTUBE });
      expect(spam.replies.message?.code).toBe(554);
      const { headers } = await deliveredMail(host, await sendMail(host, { client: WELL_NAMED }));
      expect(headers.get('x-spam-status')?.[0]).toMatch(/^No, score=/);
    });
  });
});

/** The mail with that subject as a receiver would get it, without what the delivery put on top. */
async function rawMail(host: BootedHost, subject: string): Promise<string> {
  for (let tries = 0; tries < 50; tries += 1) {
    if (mailbox(host).some(({ headers }) => headers.get('subject')?.includes(subject))) break;
    await sleep(200);
  }
  const mails = host
    .read('/var/mail/alice')
    .toString('latin1')
    .split(/^From .*\n/m);
  const mail = mails.find((each) => each.includes(`\nSubject: ${subject}\n`));
  if (mail === undefined) throw new Error(`no mail with the subject ${subject}`);
  return mail.replace(/\n$/, '');
}

/** What OpenDKIM says of the mail, with the key of the DNS record that was shown. */
async function verified(host: BootedHost, mail: string): Promise<string> {
  const record = host.read(`/etc/dkimkeys/${DOMAIN}/mail.txt`).toString();
  const text = [...record.matchAll(/"([^"]*)"/g)].map(([, part]) => part).join('');
  const write = (name: string, content: string) =>
    fs.writeFileSync(join(host.root, 'root', name), content, 'latin1');
  write('keys', `mail._domainkey.${DOMAIN} ${text}\n`);
  write('verify.conf', 'Mode v\nTestPublicKeys /root/keys\nSyslog no\n');
  write('mail.eml', mail.replaceAll('\n', '\r\n'));
  return (await host.exec('opendkim', '-x', '/root/verify.conf', '-t', '/root/mail.eml', '-vv'))
    .output;
}

/** Mails that OpenDKIM signed: as a receiver gets them, and whether the published key verifies them. */
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { BootedHost } from './host.ts';
import { mailbox } from './mail.ts';

/** Every host's name is below it. */
export const DOMAIN = 'example.test';

/** The record of the key `mail`, as opendkim-genkey writes it. */
export const RECORD = /^mail\._domainkey\.example\.test\.\s+IN\s+TXT\s+\( "v=DKIM1;/m;

/** A mail that cron would send is signed; what the DNS record has verifies it, and shows a change. */
export async function expectSignedMail(host: BootedHost): Promise<void> {
  const subject = `a letter of cron at ${Date.now()}`;
  fs.writeFileSync(
    join(host.root, 'root/letter'),
    `From: root@${DOMAIN}\nTo: alice@${host.name}.${DOMAIN}\nSubject: ${subject}\n\nDone.\n`,
  );
  const letter = `/usr/sbin/sendmail -f root@${DOMAIN} alice@${host.name}.${DOMAIN}`;
  await host.run('sh', '-c', `${letter} < /root/letter`);
  const raw = await rawMail(host, subject);
  expect(raw).toMatch(/^DKIM-Signature: .*d=example\.test; s=mail;/m);
  expect(await verified(host, raw)).toContain('dkim=pass');
  expect(await verified(host, raw.replace('Done.', 'Undone.'))).toContain('dkim=fail');
}

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

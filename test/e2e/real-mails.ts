/** Mails to port 25 of a host that is set up: what is delivered, refused and put off. */
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import type { BootedHost } from './host.ts';
import {
  deliveredMail,
  DIAL_UP,
  EICAR,
  GTUBE,
  newSender,
  OFFICE,
  PRIVATE,
  RECIPIENT,
  sendMail,
  WELL_NAMED,
} from './mail.ts';
import { SmtpDialogue } from './smtp-dialogue.ts';
import type { TestedPlatform } from './tested-platforms.ts';

/** @param delay seconds that milter-greylist was told to make strangers wait */
export function describeRealMails(
  booted: () => BootedHost,
  platform: TestedPlatform,
  delay: number,
): void {
  const greylisting = platform.milters.includes('milter-greylist');
  let host: BootedHost;
  beforeAll(() => {
    host = booted();
  });

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

  it('rejects a virus that comes after a mail that was given up', async () => {
    const envelope = [
      `MAIL FROM:<${newSender()}>`,
      `RCPT TO:<${RECIPIENT}@${host.name}.example.test>`,
    ];
    const message = Buffer.from(`Subject: lunch on Tuesday\r\n\r\n${EICAR}\r\n`);
    for (const between of ['EHLO client.example', 'XFOO bar']) {
      const smtp = await SmtpDialogue.open(host);
      for (const line of [envelope[0]!, 'RSET', between, ...envelope]) await smtp.say(line);
      expect((await smtp.say('DATA')).code).toBe(354);
      expect((await smtp.data(message)).text, between).toMatch(/^550 5\.7\.1 /);
      await smtp.quit();
    }
  });

  it.runIf(greylisting)('makes a suspicious unknown client come back after the delay', async () => {
    const letter = { client: DIAL_UP, sender: newSender() };
    const first = await sendMail(host, letter);
    expect(first.replies.rcpt?.text).toMatch(/^451 4\.7\.1 Greylisting in action/);
    expect((await sendMail(host, letter)).final.code).toBe(451);
    await sleep((delay + 2) * 1000);
    const retry = await sendMail(host, letter);
    expect(retry.final.code).toBe(250);
    const { headers } = await deliveredMail(host, retry);
    expect(headers.get('x-greylist')?.join()).toMatch(/Delayed for 00:00:\d\d by milter-greylist/);
  });

  it.runIf(greylisting).each([
    ['of a network that was named as ours', OFFICE],
    ['of a private network', PRIVATE],
  ])('does not greylist a client %s', async (_what, client) => {
    expect((await sendMail(host, { client })).final.code).toBe(250);
  });

  it.runIf(greylisting)('greylists by what XCLIENT says of the client', async () => {
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
}

/** What an SMTP session may do, asserted alike with each MTA that stands before the manager. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { BootedHost } from './host.ts';
import { arrived, copies, DOMAIN, letter, type InstalledManager } from './interop-host.ts';
import type { Client } from './mail.ts';
import { SmtpDialogue } from './smtp-dialogue.ts';

export interface SessionSetting {
  readonly host: BootedHost;
  readonly manager: InstalledManager;
  /** Whom the MTA takes us for; undefined where it knows no XCLIENT. */
  readonly client: Client | undefined;
  /** A sender and a body that all milters accept, and a body that one refuses. */
  readonly sender: string;
  readonly refused: string;
  /** A header that each accepted mail gets once. */
  readonly mark: string;
}

const ALICE = `alice@${DOMAIN}`;

/** @param setting asked for in each test, when the host is up */
export function describeSessions(setting: () => SessionSetting): void {
  const open = () => SmtpDialogue.open(setting().host, setting().client);
  const message = (body?: string) =>
    letter({ from: setting().sender, ...(body === undefined ? {} : { body }) });
  const envelope = () => ({ from: setting().sender, to: [ALICE] });
  const mail = () => `MAIL FROM:<${setting().sender}>`;
  const rcpt = `RCPT TO:<${ALICE}>`;
  const marks = async (id: string) =>
    (await arrived(setting().host, id)).all(setting().mark).length;

  describe('SMTP sessions', () => {
    it('judges each of several mails in a session by itself', async () => {
      const letters = [message(), message(setting().refused), message(), message()];
      const smtp = await open();
      const codes: number[] = [];
      for (const { bytes } of letters) codes.push((await smtp.send(envelope(), bytes)).code);
      await smtp.quit();
      expect(codes.map((code) => Math.floor(code / 100))).toEqual([2, 5, 2, 2]);
      expect(copies(setting().host, letters[1]!.id)).toEqual([]);
      for (const index of [0, 2, 3]) expect(await marks(letters[index]!.id)).toBe(1);
    });

    it('begins again after RSET at any point', async () => {
      const { id, bytes } = message();
      const smtp = await open();
      for (const before of [[], [mail()], [mail(), rcpt], [mail(), rcpt, rcpt]]) {
        for (const line of [...before, 'RSET']) expect((await smtp.say(line)).code).toBe(250);
      }
      // After a refused message, too.
      expect(
        (await smtp.send(envelope(), message(setting().refused).bytes)).code,
      ).toBeGreaterThanOrEqual(550);
      expect((await smtp.say('RSET')).code).toBe(250);
      expect((await smtp.send(envelope(), bytes)).code).toBe(250);
      await smtp.quit();
      expect(await marks(id)).toBe(1);
      expect(copies(setting().host, id)).toHaveLength(1);
    });

    it('takes commands in one piece, refusals among them', async () => {
      const { id, bytes } = message();
      const smtp = await open();
      const replies = await smtp.sayAtOnce(mail(), rcpt, 'RCPT TO:<nobody@[', rcpt, 'DATA');
      expect(replies.map(({ code }) => Math.floor(code / 100))).toEqual([2, 2, 5, 2, 3]);
      expect((await smtp.data(bytes)).code).toBe(250);
      await smtp.quit();
      expect(await marks(id)).toBe(1);
    });

    it('goes on after commands that no MTA knows', async () => {
      const { id, bytes } = message();
      const smtp = await open();
      for (const line of ['NONSENSE', 'MAIL', 'RCPT TO:', 'DATA', 'XYZZY \xff\xfe']) {
        expect((await smtp.say(line)).code, line).toBeGreaterThanOrEqual(500);
        expect((await smtp.say('NOOP')).code).toBe(250);
      }
      expect((await smtp.send(envelope(), bytes)).code).toBe(250);
      await smtp.quit();
      expect(await marks(id)).toBe(1);
    });

    it('passes on the words after MAIL and RCPT', async () => {
      const { id, bytes } = message('\xe4\xf6\xfc in eight bits\r\n');
      const smtp = await open();
      const first = `${mail()} SIZE=${bytes.length} BODY=8BITMIME`;
      expect((await smtp.say(first)).code).toBe(250);
      expect((await smtp.say(`${rcpt} NOTIFY=NEVER`)).code).toBe(250);
      expect((await smtp.say('DATA')).code).toBe(354);
      expect((await smtp.data(bytes)).code).toBe(250);
      await smtp.quit();
      expect((await arrived(setting().host, id)).body).toBe('\xe4\xf6\xfc in eight bits\n');
    });

    it('takes messages in BDAT chunks, where the MTA does', async ({ skip }) => {
      const smtp = await open();
      const offered = (await smtp.say('EHLO chunks.example')).lines;
      if (!offered.some((line) => line.endsWith('CHUNKING'))) {
        await smtp.quit();
        skip('the MTA offers no CHUNKING');
      }
      const begin = async () => {
        expect((await smtp.sayAtOnce(mail(), rcpt)).map(({ code }) => code)).toEqual([250, 250]);
      };
      const cut = async (bytes: Buffer, ...at: readonly number[]) => {
        const ends = [...at, bytes.length];
        const codes: number[] = [];
        for (const [index, end] of ends.entries()) {
          const chunk = bytes.subarray(ends[index - 1] ?? 0, end);
          codes.push((await smtp.bdat(chunk, index === ends.length - 1)).code);
        }
        return codes;
      };
      const accepted = message('one\r\n.\r\n..two\x00\xff\r\n');
      const [inTheHeader, inTheBody] = [20, accepted.bytes.length - 9];
      await begin();
      const codes = await cut(accepted.bytes, inTheHeader, inTheBody, accepted.bytes.length);
      expect(codes).toEqual([250, 250, 250, 250]);
      await begin();
      expect((await cut(message(setting().refused).bytes))[0]).toBeGreaterThanOrEqual(550);
      // Taken back half way.
      await begin();
      expect((await smtp.bdat(message().bytes, false)).code).toBe(250);
      expect((await smtp.say('RSET')).code).toBe(250);
      await smtp.quit();
      expect((await arrived(setting().host, accepted.id)).body).toBe('one\n.\n..two\x00\xff\n');
      expect(await marks(accepted.id)).toBe(1);
    });

    it('forgets clients that hang up, whatever they were at', async () => {
      for (const lines of [[], [mail()], [mail(), rcpt], [mail(), rcpt, 'DATA']]) {
        const smtp = await open();
        for (const line of lines) await smtp.say(line);
        if (lines.includes('DATA')) smtp.say('Subject: half a mail').catch(() => undefined);
        smtp.hangUp();
      }
      const { manager } = setting();
      const openSessions = async () =>
        (await manager.log('sessions..finished')).at(-1)?.split(' ').at(-1);
      for (let tries = 0; tries < 50 && (await openSessions()) !== '0'; tries += 1)
        await sleep(100);
      expect(await openSessions()).toBe('0');
    });
  });
}

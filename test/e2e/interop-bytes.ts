/** Mails that try a proxy's care for bytes: what is signed and delivered is what was sent. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { BootedHost } from './host.ts';
import { arrived, DOMAIN, letter } from './interop-host.ts';
import { verifySignature } from './interop-stack.ts';
import { PRIVATE, type Client } from './mail.ts';
import type { SmtpReply } from './smtp-dialogue.ts';

export interface BytesSetting {
  readonly host: BootedHost;
  send(
    client: Client,
    bytes: Buffer,
    where: { from: string; to?: string[]; port?: number },
  ): Promise<SmtpReply>;
  /** Where the MTA asks no milter. */
  readonly port: number;
}

const ALICE = `alice@${DOMAIN}`;
const CAROL = `carol@${DOMAIN}`;

/** @param setting asked for in each test; its opendkim signs what comes from PRIVATE, byte for byte (simple/simple) */
export function describeBytes(setting: () => BytesSetting): void {
  describe('bytes', () => {
    const headers = [
      'X-Latin: gr\xfc\xdfe',
      'X-Utf8: gr\xc3\xbc\xc3\x9fe',
      'X-Broken: \xff\xfe\x80\x01\x7f',
      'X-Close:no space',
      'X-Wide:   three spaces, and two at the end  ',
      'X-Tab:\ta tab',
      'X-Empty:',
      'X-Folded: one\r\n\ttwo\r\n   three',
      'X-Percent: %s %n %% ${i} {i}',
      `X-Long: ${'x'.repeat(1500)}`,
    ];
    const bodies: Readonly<Record<string, string>> = {
      'eight bits, NUL and other controls': '\x00\x01\x02\xff\xfe\x80 \x00\r\n\x00\r\n\x1a\x7f\r\n',
      'long lines': `${'y'.repeat(5000)}\r\n${'z'.repeat(70_000)}\r\n`,
      'dots and empty lines': '.\r\n..\r\n.x\r\n\r\n\r\n  \r\n\t\r\nend\r\n\r\n\r\n',
      'no line at all': '',
      'more than one packet of the protocol': `${'0123456789abcde\xe9'.repeat(60)}\r\n`.repeat(300),
    };
    it.each(Object.entries(bodies))('%s: sent, signed and delivered', async (_, body) => {
      const { id, bytes } = letter({ from: ALICE, headers, body });
      const { headers: withoutMilters } = await plainly(bytes, id);
      expect((await setting().send(PRIVATE, bytes, { from: ALICE })).code).toBe(250);
      const mail = await arrived(setting().host, id);
      expect(mail.raw).toContain(
        bytes.toString('latin1').split('\r\n\r\n')[0]!.replaceAll('\r\n', '\n'),
      );
      expect(mail.headers).toEqual(expect.arrayContaining(withoutMilters.slice(-headers.length)));
      expect(digest(mail.body)).toBe(digest(body.replaceAll('\r\n', '\n')));
      expect(await verifySignature(setting().host, mail)).toEqual({ perl: 'pass', opendkim: 0 });
    });

    /** What Postfix delivers of it where no milter is asked. */
    const plainly = async (bytes: Buffer, id: string) => {
      const reply = await setting().send(PRIVATE, bytes, {
        from: ALICE,
        to: [CAROL],
        port: setting().port,
      });
      expect(reply.code).toBe(250);
      return arrived(setting().host, id, 'carol');
    };
  });
}

/** Short where bodies are long and unreadable. */
export function digest(text: string): string {
  return `${text.length} bytes ${createHash('sha256').update(text, 'latin1').digest('hex')}`;
}

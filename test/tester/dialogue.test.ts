/** What goes over the wire: the MTA's side of the protocol, byte for byte. */

import { describe, expect, test } from 'vitest';
import { playMail, playMails } from '../../src/tester/play.ts';
import { createMail, header, type MailDetails } from '../../src/tester/mail.ts';
import { agree, say, type Script } from './scripted-milter.ts';
import { withMilter } from './with-milter.ts';

const SMALL: MailDetails = {
  queueId: '4711',
  headers: [header('Subject', 'hi')],
  body: ['one\r\n', 'two\r\n'],
};

const OFFER_6 = 'O\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff';

async function wire(script: Script, details: MailDetails = SMALL, version = 6): Promise<string[]> {
  return withMilter(script, async (milter) => {
    await playMail(milter.spec, createMail(details), { version });
    return milter.received;
  });
}

/** The letters of the commands, macros left out. */
function letters(received: readonly string[]): string {
  return received
    .map((each) => each.charAt(0))
    .filter((letter) => letter !== 'D')
    .join('');
}

describe('a whole mail', () => {
  test('is told in the order of SMTP, with the macros of each stage before it', async () => {
    expect(await wire({})).toEqual([
      OFFER_6,
      'DC{daemon_name}\0milter-test-server\0{if_name}\0localhost\0{if_addr}\x00127.0.0.1\0j\0mail.example.com\0',
      'Cmx.example.net\x004\xc5\x0b192.168.123.123\0',
      'DH{tls_version}\x000\0{cipher}\x000\0{cipher_bits}\x000\0{cert_subject}\0cert_subject\0{cert_issuer}\0cert_issuer\0',
      'Hdelian\0',
      'DM{mail_mailer}\0local\0{mail_host}\0example.com\0{mail_addr}\0sender@example.com\0',
      'M<sender@example.com>\0',
      'DR{rcpt_mailer}\0local\0{rcpt_host}\0example.org\0{rcpt_addr}\0receiver@example.org\0',
      'R<receiver@example.org>\0',
      'DTi\x004711\0',
      'T',
      'LSubject\0hi\0',
      'DNi\x004711\0',
      'N',
      'Bone\r\n',
      'Btwo\r\n',
      'DEi\x004711\0',
      'E',
      'Q',
    ]);
  });

  test('carries ESMTP arguments, an unknown command, and 8-bit bytes as they are', async () => {
    const received = await wire(
      {},
      {
        from: { address: '', arguments: ['SIZE=10', 'BODY=8BITMIME'] },
        recipients: [{ address: '<r@example.org>', arguments: ['NOTIFY=NEVER'] }],
        unknown: ['EXPN staff'],
        headers: [{ name: 'X-Raw', value: '\xe4\xff' }],
        body: ['\x00\x80\xff'],
      },
    );
    expect(received).toContain('M<>\0SIZE=10\0BODY=8BITMIME\0');
    expect(received).toContain('R<r@example.org>\0NOTIFY=NEVER\0');
    expect(received).toContain('UEXPN staff\0');
    expect(received).toContain('LX-Raw\0\xe4\xff\0');
    expect(received).toContain('B\x00\x80\xff');
  });

  test.each([
    [{ family: 'inet6', address: '2001:db8::1', port: 25 }, 'Ch\x006\0\x192001:db8::1\0'],
    [{ family: 'unix', path: '/run/x' }, 'Ch\0L\0\0/run/x\0'],
    [{ family: 'unknown' }, 'Ch\0U'],
  ] as const)('a client at %j', async (address, packet) => {
    expect(await wire({}, { ...SMALL, host: 'h', address })).toContain(packet);
  });

  test('a long body chunk goes in packets of at most 65535 bytes', async () => {
    const received = await wire({}, { ...SMALL, body: ['x'.repeat(65535 + 3)] });
    const bodies = received.filter((each) => each.startsWith('B'));
    expect(bodies.map((each) => each.length - 1)).toEqual([65535, 3]);
  });
});

describe('what the milter asked for', () => {
  test('with HDR_LEADSPC a header keeps the space after its colon', async () => {
    expect(await wire({ O: agree(6, 0, 0x100000) })).toContain('LSubject\0 hi\0');
  });

  test('steps that it does not want are not sent, nor are their macros', async () => {
    const received = await wire({ O: agree(6, 0, 0x37f) });
    expect(received.map((each) => each.slice(0, 2))).toEqual(['O\0', 'DE', 'E', 'Q']);
  });

  test('where it said that it does not reply, no reply is awaited', async () => {
    const silent = 'silence';
    const result = await withMilter(
      {
        O: agree(6, 0, 0xff080),
        ...{
          C: silent,
          H: silent,
          M: silent,
          R: silent,
          T: silent,
          L: silent,
          N: silent,
          B: silent,
        },
      },
      (milter) => playMail(milter.spec, createMail(SMALL), { timeouts: { reading: 1 } }),
    );
    expect(result.status).toBe('pass');
    const answers = result.answers.map((each) => `${each.stage} ${each.answer}`);
    expect(answers).toContain('body none');
    expect(answers.at(-1)).toBe('end-of-message continue');
  });

  test('after SKIP no more of the body is sent', async () => {
    const received = await wire({ O: agree(6, 0, 0x400), B: say('s') });
    expect(letters(received)).toBe('OCHMRTLNBEQ');
  });

  test('two and more macros in one stage are given, from this and earlier stages, in its order', async () => {
    const lists = '\0\0\0\x02j {mail_addr} {auth_type} if_name\0';
    const received = await wire({ O: agree(6, 0x100, 0, lists) });
    expect(received).toContain(
      'DMj\0mail.example.com\0{mail_addr}\0sender@example.com\0{if_name}\0localhost\0',
    );
    // A stage that it did not list has the standard ones.
    expect(received).toContain('DTi\x004711\0');
  });

  test('an empty list means no macros at that stage', async () => {
    const received = await wire({ O: agree(6, 0x100, 0, '\0\0\0\x01\0') });
    expect(received.filter((each) => each.startsWith('DH'))).toEqual([]);
  });
});

describe('older versions', () => {
  test.each([
    [2, 'O\0\0\0\x02\0\0\0\x3f\0\0\0\x7f', 'OCHMRLNBEQ'],
    [3, undefined, 'OCHUMRLNBEQ'],
    [4, undefined, 'OCHUMRTLNBEQ'],
  ])('version %i', async (version, offer, order) => {
    const received = await wire(
      { O: agree(version, 0, 0) },
      { ...SMALL, body: ['x'], unknown: ['EXPN x'] },
      version,
    );
    if (offer !== undefined) expect(received[0]).toBe(offer);
    expect(letters(received)).toBe(order);
  });

  test('a milter older than the offer is spoken to in its own version', async () => {
    expect(letters(await wire({ O: agree(2, 0, 0) }))).toBe('OCHMRLNBBEQ');
  });
});

describe('several mails', () => {
  const mails = [createMail(SMALL), createMail({ ...SMALL, from: 'second@example.com' })];

  test('in one SMTP session, one MAIL follows the other', async () => {
    await withMilter({}, async (milter) => {
      const results = await playMails(milter.spec, mails, 'same-session');
      expect(results.map((each) => each.status)).toEqual(['pass', 'pass']);
      expect(letters(milter.received)).toBe('OCHMRTLNBBEMRTLNBBEQ');
      expect(results[1]?.answers.map((each) => each.stage)).not.toContain('connect');
    });
  });

  test('with QUIT_NC a new SMTP session begins on the same connection, without negotiation', async () => {
    await withMilter({}, async (milter) => {
      await playMails(milter.spec, mails, 'quit-nc');
      expect(letters(milter.received)).toBe('OCHMRTLNBBEKCHMRTLNBBEQ');
      expect(milter.connections()).toBe(1);
    });
  });

  test('a version that has no QUIT_NC gets a new connection', async () => {
    await withMilter({ O: agree(4, 0, 0) }, async (milter) => {
      const results = await playMails(milter.spec, mails, 'quit-nc');
      expect(results.map((each) => each.status)).toEqual(['pass', 'pass']);
      expect(milter.connections()).toBe(2);
    });
  });

  test('after a refused mail the next one is told whole', async () => {
    await withMilter({ L: [say('r'), say('c')] }, async (milter) => {
      const results = await playMails(milter.spec, mails, 'same-session');
      expect(results.map((each) => each.status)).toEqual(['reject', 'pass']);
      expect(letters(milter.received)).toBe('OCHMRTLAMRTLNBBEQ');
    });
  });

  test('a session that is refused at HELO refuses all its mails', async () => {
    await withMilter({ H: say('r') }, async (milter) => {
      const results = await playMails(milter.spec, mails, 'same-session');
      expect(results.map((each) => `${each.status} ${each.stage}`)).toEqual([
        'reject helo',
        'reject helo',
      ]);
      expect(letters(milter.received)).toBe('OCHQ');
    });
  });
});

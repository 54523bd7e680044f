/** Postfix 3.10 and six milters of Debian 13 with the manager between them; nothing of it was written here. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BootedHost } from './host.ts';
import {
  addUsers,
  arrived,
  bootInterop,
  configurePostfix,
  copies,
  DOMAIN,
  enabledMilters,
  install,
  InstalledManager,
  letter,
  NO_MILTERS,
  whyNoInterop,
  type DeliveredMail,
} from './interop-host.ts';
import {
  AUTHSERV,
  configureClamavMilter,
  configureGreylist,
  configureOpendkim,
  configureOpendmarc,
  configurePyspf,
  configureSpamass,
  nameEverybody,
  SENDER_DOMAIN,
  SILENT_DOMAIN,
  verifySignature,
} from './interop-stack.ts';
import { DIAL_UP, EICAR, GTUBE, PRIVATE, WELL_NAMED, type Client } from './mail.ts';
import { describeBytes, digest } from './interop-bytes.ts';
import { describeSessions } from './interop-sessions.ts';
import { putSignatures } from './mail-host.ts';
import { SmtpDialogue } from './smtp-dialogue.ts';

const missing = whyNoInterop();
const ALICE = `alice@${DOMAIN}`;
const CAROL = `carol@${DOMAIN}`;
const BLOCKED = `blocked@${DOMAIN}`;
const BOB = `bob@${SENDER_DOMAIN}`;
/** A mail server of good name that the sender's SPF record does not know. */
const RELAY: Client = { address: '203.0.113.77', name: 'relay.other.example' };
const GREYLIST_DELAY = 4;
const INI = [
  '[manager]',
  'connection_spec = unix:/var/spool/postfix/milter-manager/milter-manager.sock',
  'unix_socket_group = postfix',
  '[security]',
  'effective_user = milter-manager',
  'effective_group = milter-manager',
].join('\n');
const MILTERS = [
  'milter-greylist unix:/var/run/milter-greylist/milter-greylist.sock',
  'pyspf-milter inet:8893@localhost',
  'opendkim unix:/run/opendkim/opendkim.sock',
  'opendmarc unix:/run/opendmarc/opendmarc.sock',
  'clamav-milter unix:/var/run/clamav/clamav-milter.ctl',
  'spamass-milter unix:/var/spool/postfix/spamass/spamass.sock',
];
/** The same milters, named to Postfix one by one; greylisting is not asked about a well-named client. */
const WITHOUT_US = [
  'inet:127.0.0.1:8893',
  'unix:/run/opendkim/opendkim.sock',
  'unix:/run/opendmarc/opendmarc.sock',
  'unix:/run/clamav/clamav-milter.ctl',
  'unix:/var/spool/postfix/spamass/spamass.sock',
];
const DIRECT_PORT = 2525;

describe.skipIf(missing !== undefined)(`Postfix 3.10 and its milters ${missing ?? ''}`, () => {
  let host: BootedHost;
  let manager: InstalledManager;

  beforeAll(async () => {
    host = await bootInterop('iop13', 'debian13', 80);
    await addUsers(host, 'alice', 'carol', 'blocked');
    await install(
      host,
      ['postfix'],
      [
        ...['dnsmasq-base', 'opendkim', 'opendkim-tools', 'opendmarc', 'pyspf-milter'],
        ...['spamassassin', 'spamd', 'spamass-milter', 'clamav-daemon', 'clamav-milter'],
        'milter-greylist',
      ],
    );
    putSignatures(host);
    await nameEverybody(host);
    configureOpendkim(host, 'Canonicalization simple/simple');
    configureOpendmarc(host);
    configurePyspf(host);
    configureGreylist(host, GREYLIST_DELAY);
    configureSpamass(host);
    await configureClamavMilter(host);
    await host.run('systemctl', 'restart', 'spamd', 'clamav-daemon');
    await host.run(
      ...['systemctl', 'restart', 'opendkim', 'opendmarc', 'pyspf-milter', 'milter-greylist'],
      ...['spamass-milter', 'clamav-milter'],
    );
    manager = await InstalledManager.start(host, INI, [
      ...['greylist', 'opendkim', 'opendmarc', 'postfix'],
    ]);
    await configurePostfix(host, 'unix:milter-manager/milter-manager.sock', {
      port: DIRECT_PORT,
      milters: WITHOUT_US,
      groups: ['opendkim', 'opendmarc'],
    });
  });
  afterAll(() => host.down());

  /** One mail in a session of its own. */
  const send = async (
    client: Client,
    bytes: Buffer,
    { from = BOB, to = [ALICE], port = 25 }: { from?: string; to?: string[]; port?: number } = {},
  ) => {
    const smtp = await SmtpDialogue.open(host, client, port);
    const reply = await smtp.send({ from, to }, bytes);
    await smtp.quit();
    return reply;
  };

  describe('who is asked', () => {
    it('finds each milter that its package enabled, and its socket', async () => {
      const shown = await manager.showConfig();
      expect(enabledMilters(shown)).toEqual(MILTERS);
      const stage = (name: string) => shown.milters.find((each) => each.name === name)!.stage;
      expect(stage('opendmarc')).toBeGreaterThan(stage('opendkim'));
      expect(stage('opendmarc')).toBeGreaterThan(stage('pyspf-milter'));
    });

    it('runs as its own user', async () => {
      const users = await host.run('ps', '-C', 'node', '-o', 'user=,args=');
      expect(users.trim().split('\n')).toEqual([expect.stringMatching(/^milter-\S* .*no-daemon/)]);
    });
  });

  describe('what the milters do', () => {
    it('lets clamav-milter refuse a virus', async () => {
      const { bytes } = letter({ body: `${EICAR}\r\n` });
      expect((await send(WELL_NAMED, bytes)).text).toBe('550 5.7.1 Command rejected');
    });

    it('lets spamass-milter refuse spam, with its own words', async () => {
      const { bytes } = letter({ body: `${GTUBE}\r\n` });
      expect((await send(WELL_NAMED, bytes)).text).toBe('550 5.7.1 Blocked by SpamAssassin');
    });

    it('lets pyspf-milter refuse a client that may not send for its domain', async () => {
      const from = `bob@${SILENT_DOMAIN}`;
      const reply = await send(RELAY, letter({ from }).bytes, { from });
      expect(reply.text).toMatch(/^550 5\.7\.23 Message rejected due to: SPF fail/);
    });

    it('lets opendmarc refuse what is not proved to come from its sender', async () => {
      const reply = await send(RELAY, letter().bytes);
      expect(reply.text).toBe(`550 5.7.1 rejected by DMARC policy for ${SENDER_DOMAIN}`);
    });

    it('marks what it lets through, as each milter does', async () => {
      const { id, bytes } = letter();
      expect((await send(WELL_NAMED, bytes)).code).toBe(250);
      const mail = await arrived(host, id);
      expect(mail.all('X-Virus-Status')).toEqual(['Clean']);
      expect(mail.all('X-Spam-Status')).toHaveLength(1);
      expect(mail.all('Authentication-Results')).toEqual([
        expect.stringContaining('dmarc=pass'),
        expect.stringContaining('dkim=none'),
        expect.stringContaining('spf=pass'),
      ]);
    });

    it('gives spamass-milter the macros that it asks for', async () => {
      const log = await host.run('journalctl', '-q', '-t', 'spamass-milter');
      const lacking = [...log.matchAll(/could not retrieve sendmail macro "(.*?)"/gi)];
      // The date: Postfix knows no such macro.
      expect(lacking.map((match) => match[1]).filter((name) => name !== 'b')).toEqual([]);
    });

    it('refuses single recipients as milter-greylist says, and takes the others', async () => {
      const { id, bytes } = letter();
      const smtp = await SmtpDialogue.open(host, DIAL_UP);
      const tryAll = () =>
        smtp.sayAtOnce(
          `MAIL FROM:<${BOB}>`,
          ...[ALICE, BLOCKED, CAROL].map((to) => `RCPT TO:<${to}>`),
        );
      const first = await tryAll();
      expect(first.map(({ code }) => code)).toEqual([250, 451, 551, 451]);
      expect(first[1]!.text).toMatch(/Greylisting in action/);
      expect((await smtp.say('RSET')).code).toBe(250);
      await sleep((GREYLIST_DELAY + 1) * 1000);
      const second = await tryAll();
      expect(second.map(({ code }) => code)).toEqual([250, 250, 551, 250]);
      expect(second[2]!.text).toContain('No mail for this one');
      expect((await smtp.say('DATA')).code).toBe(354);
      // Nobody signed it, and SPF does not know the client.
      expect((await smtp.data(bytes)).code).toBe(550);
      const own = letter({ from: `bob@other.example` });
      const accepted = await smtp.send({ from: BOB, to: [ALICE, CAROL] }, own.bytes);
      expect(accepted.code).toBe(250);
      await smtp.quit();
      for (const user of ['alice', 'carol']) {
        expect((await arrived(host, own.id, user)).all('X-Greylist')).toEqual([
          expect.stringMatching(/^Delayed for 00:00:0\d by milter-greylist/),
        ]);
      }
      expect(copies(host, id)).toEqual([]);
      expect(copies(host, own.id, 'blocked')).toEqual([]);
    });

    it('judges the next client by itself, on connections kept from the last', async () => {
      // In another /24: what the greylister knows of one address counts for its neighbours.
      const stranger: Client = { address: '192.0.2.77', name: '192-0-2-77.dsl.other.example' };
      // Known by now, so milter-greylist lets it pass.
      const own = letter({ from: 'bob@other.example' });
      expect((await send(DIAL_UP, own.bytes)).code).toBe(250);
      const sockets = await host.run('ss', '-x', '-H', 'state', 'established');
      for (const milter of ['spamass.sock', 'milter-greylist.sock'])
        expect(sockets, milter).toContain(milter);
      expect(await send(stranger, own.bytes)).toMatchObject({ code: 451 });
      expect((await send(DIAL_UP, letter({ body: EICAR }).bytes)).code).toBe(550);
      expect((await send(DIAL_UP, letter({ body: GTUBE }).bytes)).code).toBe(550);
      const again = letter({ from: 'bob@other.example' });
      expect((await send(DIAL_UP, again.bytes)).code).toBe(250);
      const mail = await arrived(host, again.id);
      for (const header of ['X-Virus-Scanned', 'X-Spam-Checker-Version', 'X-Greylist'])
        expect(mail.all(header), header).toHaveLength(1);
    });

    it('delivers what Postfix delivers with the same milters named one by one', async () => {
      const [ours, theirs] = [letter(), letter()];
      expect((await send(WELL_NAMED, ours.bytes)).code).toBe(250);
      expect((await send(WELL_NAMED, theirs.bytes, { port: DIRECT_PORT })).code).toBe(250);
      const comparable = ({ headers, body }: DeliveredMail) => [
        ...headers.map(([name, value]) => `${name}:${unchanging(value)}`),
        body,
      ];
      expect(comparable(await arrived(host, ours.id))).toEqual(
        comparable(await arrived(host, theirs.id)),
      );
    });
  });

  describe('signatures', () => {
    it('lets opendkim sign, so that others can verify it', async () => {
      const { id, bytes } = letter({ from: `alice@${DOMAIN}` });
      expect((await send(PRIVATE, bytes, { from: ALICE })).code).toBe(250);
      const mail = await arrived(host, id);
      expect(mail.all('DKIM-Signature')).toHaveLength(1);
      expect(await verifySignature(host, mail)).toEqual({ perl: 'pass', opendkim: 0 });
      expect(await verifySignature(host, { raw: mail.raw.replace('noon', 'four') })).toMatchObject({
        perl: expect.stringContaining('fail'),
      });
    });

    it('shows opendmarc what opendkim found, and puts both above Received', async () => {
      const { id, bytes } = letter();
      expect((await send(PRIVATE, bytes)).code).toBe(250);
      const signed = await arrived(host, id);
      const copy = signed.raw.slice(signed.raw.indexOf('DKIM-Signature:')).replaceAll('\n', '\r\n');
      // The sender's SPF record does not know this client: the signature is all that speaks for the mail.
      const passOn = (text: string) => send(RELAY, Buffer.from(text, 'latin1'), { to: [CAROL] });
      expect((await passOn(copy.replace('noon', 'four'))).text).toMatch(/^550 .* DMARC policy/);
      expect((await passOn(copy)).code).toBe(250);
      const mail = await arrived(host, id, 'carol');
      expect(mail.all('Authentication-Results')).toEqual([
        expect.stringContaining(`${AUTHSERV}; dmarc=pass`),
        expect.stringContaining(`${AUTHSERV}; dkim=pass`),
        expect.stringContaining('spf=softfail'),
      ]);
      const names = mail.headers.map(([name]) => name);
      expect(names.lastIndexOf('Authentication-Results')).toBeLessThan(names.indexOf('Received'));
    });

    it('lets opendkim sign last what others have added, a body from the disk too', async () => {
      configureOpendkim(host, 'Canonicalization simple/simple', 'SignHeaders *,+X-Virus-Status');
      await host.run('systemctl', 'reload', 'opendkim');
      await manager.reload({
        whole: INI.replace('[security]', 'max_body_memory = 100K\n[security]'),
        more: '[milter.opendkim]\nafter = clamav-milter, spamass-milter',
      });
      const line = `${'0123456789\xe4\xff'.repeat(6)}\r\n`;
      const { id, bytes } = letter({ from: ALICE, body: line.repeat(15_000) });
      try {
        expect((await send(PRIVATE, bytes, { from: ALICE })).code).toBe(250);
      } finally {
        configureOpendkim(host, 'Canonicalization simple/simple');
        await host.run('systemctl', 'reload', 'opendkim');
        await manager.reload();
      }
      const mail = await arrived(host, id);
      expect(mail.all('DKIM-Signature')[0]).toMatch(/h=[^;]*X-Virus-Status/);
      expect(await verifySignature(host, mail)).toEqual({ perl: 'pass', opendkim: 0 });
      expect(digest(mail.body)).toBe(digest(line.replace('\r', '').repeat(15_000)));
    });
  });

  describeBytes(() => ({ host, send, port: DIRECT_PORT + NO_MILTERS }));

  describeSessions(() => ({
    ...{ host, manager, client: WELL_NAMED, sender: BOB },
    refused: `${EICAR}\r\n`,
    mark: 'X-Virus-Status',
  }));
});

/** Without what differs from one mail to the next: times, queue ids, message ids. */
function unchanging(value: string): string {
  return value
    .replaceAll(/[0-9a-f-]{36}@interop/g, 'ID')
    .replaceAll(/\b[0-9A-F]{9,12}\b/g, 'QUEUE-ID')
    .replaceAll(/\w{3}, +\d+ \w{3} \d{4} \d\d:\d\d:\d\d/g, 'TIME')
    .replaceAll(/\d\d:\d\d:\d\d/g, 'TIME');
}

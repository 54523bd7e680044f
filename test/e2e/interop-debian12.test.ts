/** Postfix 3.7 with milters of Debian 12: rspamd's verdicts, children that die, and reloads under traffic. */
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
  listening,
  mailsOf,
  queueIsEmpty,
  whyNoInterop,
  write,
} from './interop-host.ts';
import { describeSessions } from './interop-sessions.ts';
import {
  AUTHSERV,
  configureOpendkim,
  configurePyspf,
  nameEverybody,
  SENDER_DOMAIN,
  verifySignature,
} from './interop-stack.ts';
import { GTUBE, PRIVATE, WELL_NAMED, type Client } from './mail.ts';
import { SmtpDialogue } from './smtp-dialogue.ts';

const missing = whyNoInterop();
const ALICE = `alice@${DOMAIN}`;
const BOB = `bob@${SENDER_DOMAIN}`;
const ENVELOPE = { from: BOB, to: [ALICE] };
const INI = [
  '[manager]',
  'connection_spec = inet:11125@127.0.0.1',
  // A child that came back is asked again soon.
  'breaker_pause = 1',
  '[security]',
  'effective_user = milter-manager',
  '',
].join('\n');
const MILTERS = [
  'pyspf-milter inet:8893@localhost',
  'opendkim unix:/run/opendkim/opendkim.sock',
  'rspamd inet:11332@localhost',
];

describe.skipIf(missing !== undefined)(`Postfix 3.7 and its milters ${missing ?? ''}`, () => {
  let host: BootedHost;
  let manager: InstalledManager;

  beforeAll(async () => {
    host = await bootInterop('iop12', 'debian12', 81);
    await addUsers(host, 'alice');
    await install(
      host,
      ['postfix'],
      ['dnsmasq-base', 'opendkim', 'opendkim-tools', 'libmail-dkim-perl', 'pyspf-milter', 'rspamd'],
    );
    await nameEverybody(host);
    configureOpendkim(host);
    configurePyspf(host);
    write(host, '/etc/rspamd/local.d/milter_headers.conf', 'extended_spam_headers = true;\n');
    // It shall stay away when it is killed.
    write(host, '/etc/systemd/system/opendkim.service.d/stay.conf', '[Service]\nRestart=no\n');
    await host.run('systemctl', 'daemon-reload');
    await host.run('systemctl', 'restart', 'opendkim', 'pyspf-milter', 'rspamd');
    // It reads for some seconds before it listens.
    await listening(host, 11332);
    manager = await InstalledManager.start(host, INI, ['opendkim']);
    await configurePostfix(host, 'inet:127.0.0.1:11125');
  });
  afterAll(() => host.down());

  const send = async (client: Client, bytes: Buffer, from = BOB) => {
    const smtp = await SmtpDialogue.open(host, client);
    const reply = await smtp.send({ from, to: [ALICE] }, bytes);
    await smtp.quit();
    return reply;
  };

  it('finds each milter that its package enabled, and its socket', async () => {
    expect(enabledMilters(await manager.showConfig())).toEqual(MILTERS);
  });

  describe('rspamd', () => {
    it('refuses spam with its own words', async () => {
      const { bytes } = letter({ body: `${GTUBE}\r\n` });
      expect((await send(WELL_NAMED, bytes)).text).toBe('554 5.7.1 Gtube pattern');
    });

    it('learns from the manager who the client is and what it says', async () => {
      const { id, bytes } = letter();
      expect((await send(WELL_NAMED, bytes)).code).toBe(250);
      const [result] = (await arrived(host, id)).all('X-Spamd-Result');
      // Found with the client's address, its name, and the sender of the envelope.
      expect(result).toContain('R_SPF_ALLOW');
      expect(result).toContain(WELL_NAMED.address);
      const log = host.read('/var/log/rspamd/rspamd.log').toString();
      expect(log).toContain(`from: <${BOB}>`);
      expect(log).not.toMatch(/invalid macro|bad command/i);
    });
  });

  it('lets opendkim sign, and verify it when it comes back', async () => {
    const { id, bytes } = letter();
    expect((await send(PRIVATE, bytes)).code).toBe(250);
    const signed = await arrived(host, id);
    expect(await verifySignature(host, signed)).toEqual({ perl: 'pass', opendkim: 0 });
    const copy = signed.raw.slice(signed.raw.indexOf('DKIM-Signature:')).replaceAll('\n', '\r\n');
    const again = Buffer.from(copy.replace('Received:', 'X-Received:'), 'latin1');
    await host.run('truncate', '-s', '0', '/var/mail/alice');
    expect((await send(WELL_NAMED, again)).code).toBe(250);
    const mail = await arrived(host, id);
    expect(mail.all('Authentication-Results')).toContainEqual(
      expect.stringContaining(`${AUTHSERV}; dkim=pass`),
    );
    const names = mail.headers.map(([name]) => name);
    expect(names.lastIndexOf('Authentication-Results')).toBeLessThan(names.indexOf('Received'));
  });

  describeSessions(() => ({
    ...{ host, manager, client: WELL_NAMED, sender: BOB },
    refused: `${GTUBE}\r\n`,
    mark: 'X-Spamd-Result',
  }));

  describe('a child that dies', () => {
    const kill = (signal: string) =>
      host.run('systemctl', 'kill', `--signal=${signal}`, 'opendkim');
    const revive = async () => {
      await host.run('systemctl', 'reset-failed', 'opendkim');
      await host.run('systemctl', 'restart', 'opendkim');
      await sleep(1100);
    };
    const signatures = async (id: string) => (await arrived(host, id)).all('DKIM-Signature').length;
    const withFallback = (status: string, ...more: readonly string[]) =>
      manager.reload({
        more: ['[milter.opendkim]', `fallback_status = ${status}`, ...more].join('\n'),
      });

    const FALLBACKS = [
      { status: 'accept', code: 250, delivered: 1 },
      { status: 'temporary-failure', code: 451, delivered: 0 },
      { status: 'reject', code: 550, delivered: 0 },
      { status: 'discard', code: 250, delivered: 0 },
    ] as const;
    it.each(FALLBACKS)('$status: $code', async ({ status, code, delivered }) => {
      await withFallback(status);
      const [before, during, after] = [letter(), letter(), letter()];
      const smtp = await SmtpDialogue.open(host, PRIVATE);
      expect((await smtp.sayAtOnce(`MAIL FROM:<${BOB}>`, `RCPT TO:<${ALICE}>`))[1]!.code).toBe(250);
      await kill('KILL');
      // In the middle of a mail: the answer comes where the next one has its place.
      const data = await smtp.say('DATA');
      const answer = data.code === 354 ? await smtp.data(before.bytes) : data;
      expect(answer.code, answer.text).toBe(code);
      smtp.hangUp();
      // In a session that begins without it.
      expect((await send(PRIVATE, during.bytes)).code).toBe(code);
      await queueIsEmpty(host);
      for (const { id } of [before, during]) expect(copies(host, id)).toHaveLength(delivered);
      if (delivered > 0) expect(await signatures(during.id)).toBe(0);
      await revive();
      expect((await send(PRIVATE, after.bytes)).code).toBe(250);
      expect(await signatures(after.id)).toBe(1);
    });

    it('leaves the others their say', async () => {
      await withFallback('accept');
      await kill('KILL');
      const { id, bytes } = letter();
      expect((await send(WELL_NAMED, letter({ body: `${GTUBE}\r\n` }).bytes)).code).toBe(554);
      expect((await send(WELL_NAMED, bytes)).code).toBe(250);
      const mail = await arrived(host, id);
      expect(mail.all('X-Spamd-Result')).toHaveLength(1);
      expect(mail.all('Authentication-Results')).toEqual([expect.stringContaining('spf=pass')]);
      await revive();
    });

    it('is not waited for longer than its time when it is only stopped', async () => {
      await withFallback('temporary-failure', 'reading_timeout = 1', 'end_of_message_timeout = 1');
      const smtp = await SmtpDialogue.open(host, PRIVATE);
      await smtp.sayAtOnce(`MAIL FROM:<${BOB}>`, `RCPT TO:<${ALICE}>`);
      await kill('STOP');
      try {
        for (const dialogue of [smtp, await SmtpDialogue.open(host, PRIVATE)]) {
          const started = performance.now();
          expect((await dialogue.say('RSET')).code).toBe(250);
          expect((await dialogue.send(ENVELOPE, letter().bytes)).code).toBe(451);
          expect(performance.now() - started).toBeLessThan(4000);
          await dialogue.quit();
        }
      } finally {
        await kill('CONT');
        await sleep(1100);
        await manager.reload();
      }
      const { id, bytes } = letter();
      expect((await send(PRIVATE, bytes)).code).toBe(250);
      expect(await signatures(id)).toBe(1);
    });
  });

  it('reloads under traffic without a mail that is lost, refused or asked about twice', async () => {
    const process = () => host.run('systemctl', 'show', '-P', 'MainPID', 'milter-manager');
    const failures = () => manager.log(' failed at ');
    const [begun, failuresBefore] = [await process(), await failures()];
    const sent: string[] = [];
    const codes = new Set<number>();
    let over = false;
    const traffic = async () => {
      while (!over) {
        const smtp = await SmtpDialogue.open(host, WELL_NAMED);
        for (let mails = 0; mails < 3; mails += 1) {
          const { id, bytes } = letter();
          codes.add((await smtp.send(ENVELOPE, bytes)).code);
          sent.push(id);
        }
        await smtp.quit();
      }
    };
    const senders = Array.from({ length: 4 }, traffic);
    const answers: string[] = [];
    for (let times = 0; times < 3; times += 1) {
      answers.push(await manager.reload({ more: '[milter.rspamd]\nenabled = no\n' }));
      answers.push(await manager.reload({ more: '[milter.rspamd]\nenabled = perhaps\n' }));
      expect((await manager.check()).exitCode).toBe(1);
      answers.push(await manager.reload());
    }
    over = true;
    await Promise.all(senders);
    expect([...codes]).toEqual([250]);
    expect(answers.slice(0, 3)).toEqual([
      'reloaded; milters: pyspf-milter, opendkim',
      expect.stringMatching(
        /^not reloaded, the old configuration stays: .*milter-manager.ini:\d+: /,
      ),
      'reloaded; milters: pyspf-milter, opendkim, rspamd',
    ]);
    expect(await process()).toBe(begun);
    await queueIsEmpty(host);
    expect(sent.length).toBeGreaterThan(20);
    const delivered = mailsOf(host, 'alice');
    const marks = sent.map((id) => {
      const mails = delivered.filter(({ raw }) => raw.includes(`<${id}>`));
      expect(mails).toHaveLength(1);
      expect(mails[0]!.all('Authentication-Results')).toHaveLength(2);
      return mails[0]!.all('X-Spamd-Result').length;
    });
    expect(Math.max(...marks)).toBe(1);
    // Both configurations were in use.
    expect(Math.min(...marks)).toBe(0);
    expect(await failures()).toEqual(failuresBefore);
  });

  it('tells systemd to stop it, and is gone', async () => {
    await host.run('systemctl', 'stop', 'milter-manager');
    const state = await host.run('systemctl', 'show', '-P', 'Result', 'milter-manager');
    expect(state.trim()).toBe('success');
  });
});

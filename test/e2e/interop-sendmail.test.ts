/** Sendmail 8.18 of Debian 13 as the MTA, with the milters that were written for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BootedHost } from './host.ts';
import {
  addUsers,
  arrived,
  bootInterop,
  copies,
  DOMAIN,
  enabledMilters,
  install,
  InstalledManager,
  letter,
  whyNoInterop,
  write,
} from './interop-host.ts';
import { describeSessions } from './interop-sessions.ts';
import {
  AUTHSERV,
  configureGreylist,
  configureOpendkim,
  configureSpamass,
  nameEverybody,
  SENDER_DOMAIN,
  verifySignature,
} from './interop-stack.ts';
import { DIAL_UP, GTUBE } from './mail.ts';
import { SmtpDialogue } from './smtp-dialogue.ts';

const missing = whyNoInterop();
const ALICE = `alice@${DOMAIN}`;
const CAROL = `carol@${DOMAIN}`;
const BLOCKED = `blocked@${DOMAIN}`;
const BOB = `bob@${SENDER_DOMAIN}`;
/** Where our mail comes from: Sendmail knows no XCLIENT. */
const OUTSIDE = '10.77.0.1';
const GREYLIST_DELAY = 4;
const INI = [
  '[manager]',
  'connection_spec = unix:/run/milter-manager/milter-manager.sock',
  '[security]',
  'effective_user = milter-manager',
  'effective_group = milter-manager',
  '[remote_network]',
  `remote_address = ${OUTSIDE}`,
].join('\n');
const SENDMAIL_MC = [
  "define(`_USE_ETC_MAIL_')dnl",
  "include(`/usr/share/sendmail/cf/m4/cf.m4')dnl",
  "OSTYPE(`debian')dnl",
  "DOMAIN(`debian-mta')dnl",
  "undefine(`confHOST_STATUS_DIRECTORY')dnl",
  "FEATURE(`no_default_msa')dnl",
  "DAEMON_OPTIONS(`Family=inet, Name=MTA-v4, Port=smtp')dnl",
  "DAEMON_OPTIONS(`Family=inet, Name=MSP-v4, Port=submission, M=Ea, Addr=127.0.0.1')dnl",
  "FEATURE(`use_cw_file')dnl",
  // As the README of spamass-milter asks for: `b` at RCPT.
  "define(`confMILTER_MACROS_ENVRCPT', `{rcpt_mailer}, {rcpt_host}, {rcpt_addr}, b, r, v, Z')dnl",
  "INPUT_MAIL_FILTER(`milter-manager', `S=unix:/run/milter-manager/milter-manager.sock, F=T')dnl",
  'MAILER_DEFINITIONS',
  "MAILER(`local')dnl",
  "MAILER(`smtp')dnl",
  '',
].join('\n');
const MILTERS = [
  'milter-greylist unix:/var/run/milter-greylist/milter-greylist.sock',
  'opendkim unix:/run/opendkim/opendkim.sock',
  'spamass-milter unix:/var/run/spamass/spamass.sock',
];

describe.skipIf(missing !== undefined)(`Sendmail and its milters ${missing ?? ''}`, () => {
  let host: BootedHost;
  let manager: InstalledManager;

  beforeAll(async () => {
    host = await bootInterop('iopsm', 'debian13', 82);
    await addUsers(host, 'alice', 'carol', 'blocked');
    await install(
      host,
      ['sendmail'],
      [
        ...['dnsmasq-base', 'opendkim', 'opendkim-tools', 'milter-greylist'],
        ...['spamassassin', 'spamd', 'spamass-milter', 'libmail-dkim-perl'],
      ],
    );
    await nameEverybody(host, [{ address: OUTSIDE, name: DIAL_UP.name }]);
    configureOpendkim(host);
    configureGreylist(host, GREYLIST_DELAY);
    // Else the socket is root's alone.
    configureSpamass(host, 'SOCKETOWNER="root:spamass-milter"', 'SOCKETMODE="0660"');
    const groups = ['greylist', 'opendkim', 'spamass-milter'];
    manager = await InstalledManager.start(host, INI, groups);
    write(host, '/etc/mail/sendmail.mc', SENDMAIL_MC);
    write(host, '/etc/mail/local-host-names', `localhost\n${DOMAIN}\n`);
    await host.run('sh', '-c', 'm4 /etc/mail/sendmail.mc >/etc/mail/sendmail.cf');
    await host.run(
      ...['systemctl', 'restart', 'spamd', 'spamass-milter', 'opendkim', 'milter-greylist'],
      'sendmail',
    );
  });
  afterAll(() => host.down());

  const send = async (bytes: Buffer) => {
    const smtp = await SmtpDialogue.open(host);
    const reply = await smtp.send({ from: BOB, to: [ALICE] }, bytes);
    await smtp.quit();
    return reply;
  };

  it('finds each milter that its package enabled, and its socket', async () => {
    expect(enabledMilters(await manager.showConfig())).toEqual(MILTERS);
  });

  it('refuses single recipients as milter-greylist says, and takes the others', async () => {
    const { id, bytes } = letter();
    const recipients = [ALICE, BLOCKED, CAROL].map((to) => `RCPT TO:<${to}>`);
    const smtp = await SmtpDialogue.open(host);
    const first = await smtp.sayAtOnce(`MAIL FROM:<${BOB}>`, ...recipients);
    expect(first.map(({ code }) => code)).toEqual([250, 451, 551, 451]);
    await smtp.say('RSET');
    await sleep((GREYLIST_DELAY + 1) * 1000);
    const second = await smtp.sayAtOnce(`MAIL FROM:<${BOB}>`, ...recipients);
    expect(second.map(({ code }) => code)).toEqual([250, 250, 551, 250]);
    expect(second[2]!.text).toContain('No mail for this one');
    expect((await smtp.say('DATA')).code).toBe(354);
    expect((await smtp.data(bytes)).code).toBe(250);
    await smtp.quit();
    for (const user of ['alice', 'carol']) {
      expect((await arrived(host, id, user)).all('X-Greylist')).toHaveLength(1);
    }
    expect(copies(host, id, 'blocked')).toEqual([]);
  });

  it('lets spamass-milter refuse spam, and gives it the macros that it asks for', async () => {
    const reply = await send(letter({ body: `${GTUBE}\r\n` }).bytes);
    expect(reply.text).toBe('550 5.7.1 Blocked by SpamAssassin');
    const log = await host.run('journalctl', '-q', '-t', 'spamass-milter');
    const lacking = [...log.matchAll(/could not retrieve sendmail macro "(.*?)"/gi)];
    // Nobody has authenticated.
    expect(lacking.map((match) => match[1])).toEqual(lacking.map(() => 'auth_type'));
  });

  it('lets opendkim sign what is submitted here, and verify it when it comes back', async () => {
    const { id, bytes } = letter({
      headers: ['X-Wide:   three spaces', 'X-Folded: one\r\n\ttwo', 'X-Latin: gr\xfc\xdfe'],
      body: 'gr\xfc\xdfe\r\n.\r\n\r\n  \r\nend\r\n\r\n',
    });
    write(
      host,
      '/root/letter',
      Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
    );
    await host.run('sh', '-c', `sendmail -i -f ${ALICE} ${ALICE} </root/letter`);
    const signed = await arrived(host, id);
    expect(await verifySignature(host, signed)).toEqual({ perl: 'pass', opendkim: 0 });

    const copy = signed.raw.slice(signed.raw.indexOf('DKIM-Signature:')).replaceAll('\n', '\r\n');
    await host.run('truncate', '-s', '0', '/var/mail/alice');
    expect((await send(Buffer.from(copy, 'latin1'))).code).toBe(250);
    const mail = await arrived(host, id);
    expect(mail.all('Authentication-Results')).toEqual([
      expect.stringContaining(`${AUTHSERV}; dkim=pass`),
    ]);
    const names = mail.headers.map(([name]) => name);
    expect(names.indexOf('Authentication-Results')).toBeLessThan(names.indexOf('Received'));
  });

  describeSessions(() => ({
    ...{ host, manager, client: undefined, sender: BOB },
    refused: `${GTUBE}\r\n`,
    mark: 'X-Spam-Status',
  }));
});

/** `check --mail` in its parts: Postfix's black hole, the mails that are sent, and what the manager's log tells. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { findBlackHole } from '../../src/commands/check/black-hole.ts';
import { readAccount } from '../../src/commands/check/mail-account.ts';
import { sendProbes } from '../../src/commands/check/sent-check.ts';
import type { Host, RunResult } from '../../src/host/host.ts';
import type { ActiveMilter } from '../../src/plan/active-milters.ts';
import { gatherFacts } from '../../src/plan/facts.ts';
import { showSent, type SentLine } from '../../src/ui/show-check.ts';
import { PLAIN } from '../../src/ui/style.ts';
import { DEBIAN, standInHost } from '../plan/stand-in-host.ts';

type Say = (argv: readonly string[]) => Partial<RunResult>;

function host(say: Say): Host {
  return {
    ...standInHost(DEBIAN),
    run: (argv) => Promise.resolve({ argv, exitCode: 0, stdout: '', stderr: '', ...say(argv) }),
  };
}

describe('the black hole', () => {
  /** As `postconf` of a fresh Debian prints them. */
  const STOCK: Readonly<Record<string, string>> = {
    double_bounce_sender: 'double-bounce',
    always_bcc: '',
    notify_classes: 'resource, software',
    virtual_alias_maps: '$virtual_maps',
    virtual_maps: '',
    canonical_maps: '',
    recipient_canonical_maps: '',
    sender_bcc_maps: '',
    recipient_bcc_maps: '',
  };
  const postfix = (
    own: Readonly<Record<string, string>>,
    table: Readonly<Record<string, string>>,
  ) =>
    host((argv) => {
      const settings = { ...STOCK, ...own };
      if (argv[0] === 'postmap') return { stdout: `${table[`${argv[3]!} ${argv[2]!}`] ?? ''}\n` };
      return {
        stdout: argv
          .slice(1)
          .map((name) => `${name} = ${settings[name]!}\n`)
          .join(''),
      };
    });

  it("is the address that Postfix throws mail away for, at the host's own number", async () => {
    expect(await findBlackHole(postfix({}, {}))).toEqual({
      ...{ address: 'double-bounce@[127.0.0.1]', leaks: [], notices: [] },
    });
    const renamed = await findBlackHole(postfix({ double_bounce_sender: 'nobody-here' }, {}));
    expect(renamed.address).toBe('nobody-here@[127.0.0.1]');
  });

  it.each([
    [{ always_bcc: 'archive@example.com' }, {}, 'always_bcc = archive@example.com gets a copy'],
    [
      { virtual_maps: 'regexp:/etc/postfix/all' },
      { 'regexp:/etc/postfix/all double-bounce@[127.0.0.1]': 'root' },
      'virtual_alias_maps leads mail',
    ],
    [
      { recipient_bcc_maps: 'hash:/etc/postfix/a, inline:{ {x = y} }' },
      { 'inline:{ {x = y} } @[127.0.0.1]': 'boss@example.com' },
      'recipient_bcc_maps leads mail',
    ],
  ])('is none where somebody would get a copy: %o', async (settings, table, leak) => {
    const { leaks } = await findBlackHole(postfix(settings, table));
    expect(leaks).toEqual([expect.stringContaining(leak)]);
  });

  it('says that the postmaster is told of what is refused', async () => {
    const { notices } = await findBlackHole(postfix({ notify_classes: 'policy, resource' }, {}));
    expect(notices).toEqual([expect.stringContaining('postmaster')]);
  });
});

/** The log of a Debian 13 that was set up by us. */
const LOG = `[statistics] [milter][header][add](9): <X-Virus-Scanned>=<clamav-milter 1.4.3 at st1>: clamav-milter
[statistics] [milter][header][add](9): <X-Virus-Status>=<Clean>: clamav-milter
session=9 queue-id=515B41C03F2 client=localhost[127.0.0.1] from=<double-bounce@[127.0.0.1]> to=<double-bounce@[127.0.0.1]> status=accept stage=end-of-message elapsed=0.035816 size=12 milters="milter-greylist: stop at connect in 0.0 ms (client is in a local network); clamav-milter: accept at end-of-message in 4.5 ms; spamass-milter: stop at connect in 0.0 ms (client is in a local network)"
[statistics] [reply][end-of-message][accept](9)
`;
const REFUSED = `Nov 22 03:21:10 st1 milter-manager[77]: session=10 queue-id=707701C03F3 client=localhost[127.0.0.1] from=<double-bounce@[127.0.0.1]> to=<a@b> status=reject stage=end-of-message reply="550 5.7.1 no" elapsed=0.089191 size=12 milters="milter-greylist: stop at connect in 0.0 ms (client is in a local network); clamav-milter: reject at end-of-message in 2.8 ms"\n`;

describe("the manager's log", () => {
  it('tells of a mail by its queue id: each milter, and the headers of its session', () => {
    expect(readAccount(LOG + REFUSED, { queueId: '515B41C03F2' }, 0)).toEqual({
      status: 'accept',
      milters: [
        {
          ...{ name: 'milter-greylist', status: 'stop', milliseconds: 0 },
          reason: 'client is in a local network',
        },
        { name: 'clamav-milter', status: 'accept', milliseconds: 4.5, reason: undefined },
        {
          ...{ name: 'spamass-milter', status: 'stop', milliseconds: 0 },
          reason: 'client is in a local network',
        },
      ],
      headers: [
        { milter: 'clamav-milter', header: 'X-Virus-Scanned: clamav-milter 1.4.3 at st1' },
        { milter: 'clamav-milter', header: 'X-Virus-Status: Clean' },
      ],
    });
  });

  it('tells of a refused one as the newest of its sender', () => {
    const sought = { sender: 'double-bounce@[127.0.0.1]' };
    expect(readAccount(LOG + REFUSED, sought, 1)).toMatchObject({ status: 'reject', headers: [] });
    expect(readAccount(LOG, sought, 1)).toBeUndefined();
    expect(readAccount(LOG, { queueId: 'OTHER' }, 0)).toBeUndefined();
  });
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A Postfix of few words. @param answer its reply to a whole message */
async function smtpd(answer: (content: string) => string): Promise<{
  readonly port: number;
  readonly heard: string[];
}> {
  const heard: string[] = [];
  const server = createServer((socket) => {
    let content: string | undefined;
    socket.write('220 mail.example.com ESMTP Postfix\r\n');
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      if (content === undefined) {
        heard.push(text.trimEnd());
        socket.write(text.startsWith('DATA') ? '354 go on\r\n' : '250 2.1.0 Ok\r\n');
        if (text.startsWith('DATA')) content = '';
      } else {
        content += text;
        if (!content.endsWith('\r\n.\r\n')) return;
        socket.write(`${answer(content)}\r\n`);
        content = undefined;
      }
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, heard };
}

function milter(name: string, own: Partial<ActiveMilter> = {}): ActiveMilter {
  const usual = { expect: 'pass', patience: 1, requires: undefined, signs: false, kept: false };
  return { name, connectionSpec: `unix:/run/${name}`, ...usual, ...own };
}

const BLACK_HOLE = 'double-bounce@[127.0.0.1]';

async function probes(
  answer: (content: string) => string,
  active: readonly ActiveMilter[],
  localOnly: readonly string[] = [],
): Promise<{ readonly lines: readonly SentLine[]; readonly heard: readonly string[] }> {
  const { port, heard } = await smtpd(answer);
  const machine = host(() => ({ exitCode: 1 }));
  const facts = await gatherFacts(machine);
  const lines = await sendProbes(
    {
      ...{ host: machine, facts, active, localOnly, port, since: Date.now() },
      ...{ from: BLACK_HOLE, to: BLACK_HOLE },
    },
    () => undefined,
    () => false,
  );
  return { lines, heard };
}

const isVirus = (content: string): boolean => content.includes('EICAR-STANDARD');
const isSpam = (content: string): boolean => content.includes('GTUBE-STANDARD');
const QUEUED = '250 2.0.0 Ok: queued as 4ABC';
const REJECTED = '550 5.7.1 Command rejected';

describe('the mails', () => {
  it('go from the black hole to the black hole, so that no bounce gets to anybody', async () => {
    const { heard } = await probes(() => QUEUED, []);
    expect(heard.slice(0, 5)).toEqual([
      ...['EHLO [127.0.0.1]', `MAIL FROM:<${BLACK_HOLE}>`, `RCPT TO:<${BLACK_HOLE}>`],
      ...['DATA', 'QUIT'],
    ]);
  });

  it('pass where each is treated as it should be', async () => {
    const { lines } = await probes(
      (content) => (isVirus(content) || isSpam(content) ? REJECTED : QUEUED),
      [milter('clamav-milter'), milter('rspamd')],
    );
    expect(lines.map(({ outcome, reply }) => [outcome, reply])).toEqual([
      ['pass', QUEUED],
      ['pass', REJECTED],
      ['pass', REJECTED],
    ]);
  });

  it('fail where a virus gets through a scanner that is enabled, and a clean mail does not', async () => {
    const { lines } = await probes(
      (content) => (isVirus(content) || isSpam(content) ? QUEUED : '451 4.7.1 later'),
      [milter('clamav-milter'), milter('spamass-milter')],
      ['spamass-milter'],
    );
    expect(lines.map(({ outcome, why }) => [outcome, why])).toEqual([
      ['fail', 'it should pass'],
      ['fail', 'clamav-milter should refuse it'],
      ['pass', 'spamass-milter is not asked about mail of this host (Remote Network)'],
    ]);
  });

  it('wait for what has to wait, and expect nothing of what is not there or not ours', async () => {
    const requires = {
      anyOf: ['/var/lib/clamav/main.c*'],
      otherwise: 'no signatures',
      finish: 'x',
    };
    const { lines } = await probes(
      () => QUEUED,
      [milter('clamav-milter', { requires }), milter('rspamd', { kept: true })],
    );
    expect(lines.map(({ outcome, why }) => [outcome, why])).toEqual([
      ['pass', 'milters set up by hand decide'],
      ['skipped', 'no signatures'],
      ['pass', 'rspamd was set up by hand'],
    ]);
  });

  it('fail where nobody takes them', async () => {
    const { port } = await smtpd(() => QUEUED);
    servers.splice(0).forEach((server) => server.close());
    const machine = host(() => ({ exitCode: 1 }));
    const facts = await gatherFacts(machine);
    const lines = await sendProbes(
      {
        ...{ host: machine, facts, active: [], localOnly: [], port, since: Date.now() },
        ...{ from: BLACK_HOLE, to: BLACK_HOLE },
      },
      () => undefined,
      () => false,
    );
    expect(lines[0]).toMatchObject({
      outcome: 'fail',
      reply: expect.stringContaining('ECONNREFUSED') as unknown,
    });
  });

  it('are shown with the reply, who decided, and the headers as a diff', () => {
    const account = readAccount(LOG, { queueId: '515B41C03F2' }, 0)!;
    const line = { mail: 'a clean mail', outcome: 'pass' as const, reply: QUEUED, account };
    expect(showSent(line, PLAIN)).toBe(
      `+ a clean mail: 250 2.0.0 Ok: queued as 4ABC
    milter-greylist not asked (client is in a local network); clamav-milter
    accept in 4.5 ms; spamass-milter not asked (client is in a local network)
    + X-Virus-Scanned: clamav-milter 1.4.3 at st1  (clamav-milter)
    + X-Virus-Status: Clean  (clamav-milter)`,
    );
  });
});

/** `check --mail` in its parts: Postfix's black hole, the mails that are sent, and what the manager's log tells. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { findBlackHole } from '../../src/commands/check/black-hole.ts';
import { accountIn } from '../../src/commands/check/mail-account.ts';
import { sendProbes } from '../../src/commands/check/sent-check.ts';
import { smtpServicesOf } from '../../src/commands/check/smtp-services.ts';
import type { Host, RunResult } from '../../src/host/host.ts';
import { readPostfix } from '../../src/postfix/postfix.ts';
import type { KeptMail } from '../../src/ui/show-mails.ts';
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

/** The log of a Debian 13 that was set up by us, and what its manager kept of the same mail. */
const LOG = `[statistics] [milter][header][add](9): <X-Virus-Scanned>=<clamav-milter 1.4.3 at st1>: clamav-milter
[statistics] [milter][header][add](9): <X-Virus-Status>=<Clean>: clamav-milter
[statistics] [milter][header][add](8): <X-Other>=<mail>: clamav-milter
session=9 queue-id=515B41C03F2 client=localhost[127.0.0.1] status=accept
`;
const KEPT = JSON.parse(
  '{"event":"mail","time":"2026-11-29T20:03:28.246Z","session":9,"queueId":"515B41C03F2","client":"localhost[127.0.0.1]","sender":"<double-bounce@[127.0.0.1]>","recipients":[{"address":"<double-bounce@[127.0.0.1]>","status":"pass"}],"recipientCount":1,"bytes":308,"status":"accept","stage":"end-of-message","seconds":0.035,"children":[{"name":"milter-greylist","status":"stop","fallback":false,"asked":false,"stage":"connect","milliseconds":0,"reason":"client is in a local network","condition":"Remote Network","shadow":false},{"name":"clamav-milter","status":"accept","fallback":false,"asked":true,"stage":"end-of-message","milliseconds":4.5,"shadow":false}],"unfilteredBy":[]}',
) as KeptMail;

describe('what the manager tells of a mail', () => {
  it('is each milter of it, and the headers of its session', () => {
    expect(accountIn(KEPT, LOG)).toEqual({
      ...{ status: 'accept', decidedBy: undefined, unfilteredBy: [] },
      milters: [
        {
          ...{ name: 'milter-greylist', status: 'stop', milliseconds: 0, fallback: false },
          reason: 'client is in a local network',
        },
        {
          ...{ name: 'clamav-milter', status: 'accept', milliseconds: 4.5, fallback: false },
          reason: undefined,
        },
      ],
      headers: [
        { milter: 'clamav-milter', header: 'X-Virus-Scanned: clamav-milter 1.4.3 at st1' },
        { milter: 'clamav-milter', header: 'X-Virus-Status: Clean' },
      ],
    });
  });

  it('is whose refusal it was, and without whom it was let through', () => {
    const [greylist, clamav] = KEPT.children;
    const child = { ...clamav!, status: 'reject', reply: '550 5.7.1 no' };
    const refused = { ...KEPT, status: 'reject', children: [greylist!, child] };
    expect(accountIn(refused, '')).toMatchObject({ decidedBy: 'clamav-milter', headers: [] });
    expect(accountIn({ ...KEPT, unfilteredBy: ['rspamd'] }, '').unfilteredBy).toEqual(['rspamd']);
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
  const standing = 'ours' as const;
  return { name, standing, connectionSpec: `unix:/run/${name}`, ...usual, ...own };
}

const BLACK_HOLE = 'double-bounce@[127.0.0.1]';
const HISTORY = '/var/lib/milter-manager';
const MAIN_CF = '/etc/postfix/main.cf';
const MASTER_CF = '/etc/postfix/master.cf';
const OURS = 'unix:/milter-manager/milter-manager.sock';
const SET_UP = {
  ...DEBIAN,
  '/etc/milter-manager/milter-manager.ini': `[manager]\nconnection_spec = unix:/var/spool/postfix/milter-manager/milter-manager.sock\nhistory = ${HISTORY}\n`,
  [`${HISTORY}/recent.jsonl`]: '',
  [MAIN_CF]: `compatibility_level = 3.6\nsmtpd_milters = ${OURS}\n`,
  [MASTER_CF]: 'smtp inet n - y - - smtpd\n',
};

interface Asked {
  readonly active?: readonly ActiveMilter[];
  readonly localOnly?: readonly string[];
  readonly wanted?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  /** What the manager keeps of a mail with this answer; nothing where it has not heard of it. */
  readonly keeps?: (answer: string, content: string) => Partial<KeptMail> | undefined;
  /** Whether a mail that was taken stays in the queue. */
  readonly stands?: boolean;
}

/** As a manager does whose milters decided what Postfix says. */
function obedient(answer: string): Partial<KeptMail> {
  if (answer.startsWith('2')) return {};
  const status = answer.startsWith('5') ? 'reject' : 'temporary-failure';
  return { status, children: [{ ...KEPT.children[1]!, status }] };
}

async function probes(
  answer: (content: string) => string,
  { active = [], localOnly = [], wanted = [], files = {}, ...asked }: Asked = {},
): Promise<{ readonly lines: readonly SentLine[]; readonly heard: readonly string[] }> {
  const kept: string[] = [];
  const keeps = asked.keeps ?? obedient;
  const { port, heard } = await smtpd((content) => {
    const said = answer(content);
    const mail = keeps(said, content);
    const time = new Date().toISOString();
    const queueId = /queued as (\S+)/.exec(said)?.[1];
    const early =
      mail?.stage === 'connect' ? { queueId: undefined, sender: undefined } : { queueId };
    if (mail) {
      kept.push(JSON.stringify({ ...KEPT, time, session: kept.length, ...early, ...mail }));
    }
    return said;
  });
  const machine: Host = {
    ...standInHost({ ...SET_UP, ...files }),
    run: (argv) => {
      const stands = argv[0] === 'postcat' && asked.stands === true;
      return Promise.resolve({ argv, exitCode: stands ? 0 : 1, stdout: '', stderr: '' });
    },
  };
  const reading: Host = {
    ...machine,
    read: (path) =>
      path === `${HISTORY}/recent.jsonl` ? Buffer.from(kept.join('\n')) : machine.read(path),
  };
  const facts = await gatherFacts(reading);
  const services = smtpServicesOf(reading, facts.postfix).map((each) => ({
    ...{ ...each, port, address: '127.0.0.1' },
  }));
  const lines = await sendProbes(
    {
      ...{ host: reading, facts, active, localOnly, wanted, since: Date.now() - 1 },
      patience: { account: 300, queue: 300 },
      envelope: () => ({ from: BLACK_HOLE, to: BLACK_HOLE }),
    },
    services,
    () => undefined,
    () => false,
  );
  return { lines, heard };
}

const isVirus = (content: string): boolean => content.includes('EICAR-STANDARD');
const isSpam = (content: string): boolean => content.includes('GTUBE-STANDARD');
const QUEUED = '250 2.0.0 Ok: queued as 4ABC';
const REJECTED = '550 5.7.1 Command rejected';
let queued = 0;
/** A queue id is given once. */
const taken = (): string => `250 2.0.0 Ok: queued as 4ABC${(queued += 1)}`;
const clamav = [milter('clamav-milter')];
const filtering = (content: string): string =>
  isVirus(content) || isSpam(content) ? REJECTED : taken();

const outcomes = (lines: readonly SentLine[]) => lines.map(({ outcome, why }) => [outcome, why]);

describe('the mails', () => {
  it('go from the black hole to the black hole, so that no bounce gets to anybody', async () => {
    const { heard } = await probes(taken);
    expect(heard.slice(0, 5)).toEqual([
      ...['EHLO [127.0.0.1]', `MAIL FROM:<${BLACK_HOLE}>`, `RCPT TO:<${BLACK_HOLE}>`],
      ...['DATA', 'QUIT'],
    ]);
  });

  it('pass where each is treated as it should be', async () => {
    const active = [milter('clamav-milter'), milter('rspamd')];
    const { lines } = await probes(filtering, { active });
    expect(lines.map(({ outcome, decidedBy }) => [outcome, decidedBy])).toEqual([
      ['pass', undefined],
      ['pass', 'clamav-milter'],
      ['pass', 'clamav-milter'],
    ]);
  });

  it('fail where a virus gets through a scanner that is enabled, and a clean mail does not', async () => {
    const { lines } = await probes(
      (content) => (isVirus(content) || isSpam(content) ? taken() : '451 4.7.1 later'),
      {
        active: [milter('clamav-milter'), milter('spamass-milter')],
        localOnly: ['spamass-milter'],
      },
    );
    expect(outcomes(lines)).toEqual([
      ['fail', 'it should not have to come again: clamav-milter refused it'],
      ['fail', 'clamav-milter should refuse it'],
      ['pass', 'spamass-milter is not asked about mail of this host (Remote Network)'],
    ]);
  });

  it('wait for what has to wait, and do not call filtered what a milter set up by hand lets in', async () => {
    const requires = {
      anyOf: ['/var/lib/clamav/main.c*'],
      otherwise: 'no signatures',
      finish: 'x',
    };
    const active = [milter('clamav-milter', { requires }), milter('rspamd', { kept: true })];
    const { lines } = await probes(taken, { active });
    expect(outcomes(lines)).toEqual([
      ['pass', undefined],
      ['skipped', 'no signatures'],
      ['skipped', 'rspamd was set up by hand, and lets it through'],
    ]);
  });

  it('fail where what the last run was told to set up is off, and a virus gets in', async () => {
    const { lines } = await probes(taken, { wanted: ['clamav-milter'] });
    expect(outcomes(lines)[1]).toEqual(['fail', 'clamav-milter was asked for, and is off']);
    expect((await probes(taken)).lines[1]).toMatchObject({ outcome: 'pass' });
  });

  it.each([
    ['451 4.7.1 Service unavailable - try again later', 'the manager has not heard of it'],
    ['554 5.7.1 <localhost>: Client host rejected', 'the manager has not heard of it'],
  ])('fail where Postfix itself says %s to each, and a scanner is enabled', async (said, why) => {
    const { lines } = await probes(() => said, { active: clamav, keeps: () => undefined });
    expect(lines.map(({ outcome }) => outcome)).toEqual(['fail', 'fail', 'fail']);
    expect(lines[1]?.why).toContain(why);
  });

  it('fail where a milter beside the manager refuses them', async () => {
    const files = { [MAIN_CF]: `smtpd_milters = ${OURS}, inet:localhost:9\n` };
    const { lines } = await probes(() => '451 4.7.1 Service unavailable', {
      ...{ active: clamav, files, keeps: () => ({ status: 'abort' }) },
    });
    expect(lines[1]).toMatchObject({ outcome: 'fail' });
    expect(lines[1]?.why).toContain('inet:localhost:9, which Postfix asks beside it');
  });

  it('fail where the manager was let through without a milter', async () => {
    const { lines } = await probes(taken, { keeps: () => ({ unfilteredBy: ['clamav-milter'] }) });
    expect(outcomes(lines)[0]).toEqual([
      ...['fail', 'it was let through without an answer of clamav-milter'],
    ]);
  });

  it('fail where the manager has nobody left whom it could ask about this client', async () => {
    const keeps = () => ({ stage: 'connect', unfilteredBy: ['clamav-milter'] });
    const { lines } = await probes(taken, { active: clamav, keeps });
    expect(outcomes(lines)[1]).toEqual([
      ...['fail', 'it was let through without an answer of clamav-milter'],
    ]);
  });

  it('pass where the manager rightly asks nobody about this client', async () => {
    const { lines } = await probes(taken, { keeps: () => ({ stage: 'connect' }) });
    expect(lines.map(({ outcome }) => outcome)).toEqual(['pass', 'pass', 'pass']);
  });

  it('fail where one that was taken does not leave the queue', async () => {
    const { lines } = await probes(filtering, { active: clamav, stands: true });
    expect(lines[0]).toMatchObject({ outcome: 'fail' });
    expect(lines[0]?.why).toContain('does not leave the queue');
  });

  it.each([
    ['smtp inet n - y - - smtpd -o smtpd_milters=', '/etc/postfix/master.cf:1: smtpd_milters ='],
    [
      'smtp inet n - y - - smtpd -o receive_override_options=no_milters',
      '/etc/postfix/master.cf:1: receive_override_options = no_milters',
    ],
    ['smtp inet n - y - - smtpd -o smtpd_milters=inet:localhost:9', 'inet:localhost:9'],
    ['smtp inet n - y - - smtpd', 'milter_default_action = tempfail'],
  ])('fail where they are taken and no manager heard of them: %s', async (line, why) => {
    const { lines } = await probes(taken, {
      ...{ files: { [MASTER_CF]: `${line}\n` }, keeps: () => undefined },
    });
    for (const each of lines) {
      expect(each.outcome).toBe('fail');
      expect(each.why).toContain(why);
    }
  });

  it('prove nothing of clients that have milters of their own', async () => {
    const { lines } = await probes(filtering, {
      active: clamav,
      files: {
        [MAIN_CF]: `smtpd_milters = ${OURS}\nsmtpd_milter_maps = cidr:/etc/postfix/exempt\n`,
        '/etc/postfix/exempt': `192.0.2.0/24 DISABLE\n198.51.100.0/24 ${OURS}\n`,
      },
    });
    expect(lines.slice(3)).toMatchObject([
      {
        ...{ mail: 'mail of 192.0.2.0/24', outcome: 'skipped' },
        why: '/etc/postfix/exempt:1 (smtpd_milter_maps)',
      },
    ]);
  });

  it('prove nothing where the manager keeps no mails', async () => {
    const ini = '/etc/milter-manager/milter-manager.ini';
    const files = { [ini]: SET_UP[ini].replace(/history.*\n/, '') };
    const { lines } = await probes(taken, { files });
    expect(lines.map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped', 'skipped']);
  });

  it('fail where nobody takes them, once a service', async () => {
    const { lines } = await probes(taken, {
      files: { [MASTER_CF]: 'smtp inet n - y - - smtpd\n25 inet n - y - - smtpd\n' },
      keeps: () => {
        for (const server of servers.splice(0)) server.close();
        return {};
      },
    });
    expect(lines.filter(({ service }) => service === '25/inet')).toMatchObject([
      { outcome: 'fail', reply: expect.stringContaining('ECONNREFUSED') as unknown },
    ]);
  });

  it('are shown with the reply, who decided, and the headers as a diff', () => {
    const account = accountIn(KEPT, LOG);
    const line = {
      ...{ service: 'smtp/inet', mail: 'a clean mail', outcome: 'pass' as const },
      ...{ reply: QUEUED, account },
    };
    expect(showSent(line, PLAIN)).toBe(
      `+ smtp/inet: a clean mail: 250 2.0.0 Ok: queued as 4ABC
    milter-greylist not asked (client is in a local network); clamav-milter
    accept in 4.5 ms
    + X-Virus-Scanned: clamav-milter 1.4.3 at st1  (clamav-milter)
    + X-Virus-Status: Clean  (clamav-milter)`,
    );
  });
});

describe('the services', () => {
  const servicesOf = (master: string, main = '') => {
    const machine = standInHost({ ...DEBIAN, [MAIN_CF]: `${main}\n`, [MASTER_CF]: master });
    return smtpServicesOf(machine, readPostfix(machine, '/etc/postfix')).map(
      ({ name, address, port, wrapped }) => [name, address, port, wrapped],
    );
  };

  it('are those of each port, by the words of master.cf', () => {
    expect(
      servicesOf(`smtp inet n - y - - smtpd
10.0.0.1:2525 inet n - y - - smtpd
[::1]:submission inet n - y - - smtpd
submissions inet n - y - - smtpd
  -o smtpd_tls_wrappermode=yes
pickup unix n - y 60 1 pickup
`),
    ).toEqual([
      ['smtp/inet', '127.0.0.1', 25, false],
      ['10.0.0.1:2525/inet', '10.0.0.1', 2525, false],
      ['[::1]:submission/inet', '::1', 587, false],
      ['submissions/inet', '127.0.0.1', 465, true],
    ]);
  });

  it('are behind postscreen, too, where inet_interfaces says', () => {
    const master = 'smtp inet n - y - 1 postscreen\nsmtpd pass - - y - - smtpd\n';
    expect(servicesOf(master, 'inet_interfaces = 192.0.2.7')).toEqual([
      ['smtp/inet', '192.0.2.7', 25, false],
    ]);
  });

  it('are not those where a content filter gives back what was filtered', () => {
    const back = '127.0.0.1:10025 inet n - n - - smtpd -o smtpd_milters= -o content_filter=\n';
    expect(servicesOf(`smtp inet n - y - - smtpd -o content_filter=x:y\n${back}`)).toHaveLength(1);
  });
});

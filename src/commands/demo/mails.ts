/** The demo's mails, as Postfix would ask about them, and what became of each. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackgroundProgram } from '../../host/background.ts';
import { playMail } from '../../tester/play.ts';
import type { Result } from '../../tester/result.ts';
import { sampleMail, type SampleName } from '../../tester/samples.ts';
import type { CommandContext } from '../command.ts';

interface DemoMail {
  readonly title: string;
  readonly sample: SampleName;
  readonly host: string;
  readonly sender: string;
  readonly expect: Result['status'];
  /** Headers that the mail must have got. */
  readonly adds?: readonly string[];
  /** Milliseconds to wait before it is played. */
  readonly after?: number;
}

const WELL_NAMED = 'mail.example.net';
/** Looks like a dial-up line (S25R rule 1). */
const SUSPICIOUS = '198-51-100-25.dyn.example.net';
const ADDRESS = { family: 'inet', address: '198.51.100.25', port: 50443 } as const;

const mails = (delay: number): readonly DemoMail[] => [
  {
    title: 'a clean mail',
    sample: 'clean',
    host: WELL_NAMED,
    sender: 'colleague@example.net',
    expect: 'pass',
    adds: ['X-Virus-Scanned', 'X-Spam-Checker-Version'],
  },
  {
    title: 'a virus (EICAR)',
    sample: 'eicar',
    host: WELL_NAMED,
    sender: 'virus@example.net',
    expect: 'reject',
  },
  {
    title: 'spam (GTUBE)',
    sample: 'gtube',
    host: WELL_NAMED,
    sender: 'spam@example.net',
    expect: 'reject',
  },
  {
    title: 'an unknown sender on a suspicious host',
    sample: 'clean',
    host: SUSPICIOUS,
    sender: 'stranger@example.net',
    expect: 'temporary-failure',
  },
  {
    title: 'the same sender, after the delay',
    sample: 'clean',
    host: SUSPICIOUS,
    sender: 'stranger@example.net',
    expect: 'pass',
    after: delay + 200,
  },
];

/** Plays them in order, a line each. @param socket the manager's. @returns whether each went as it should */
export async function playDemoMails(
  { ui }: CommandContext,
  socket: string,
  manager: BackgroundProgram,
  delay: number,
  signal: AbortSignal,
): Promise<boolean> {
  const spec = { kind: 'unix', path: socket } as const;
  let passed = true;
  for (const [index, mail] of mails(delay).entries()) {
    if (mail.after !== undefined)
      await sleep(mail.after, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return false;
    const queueId = `DEMO${index + 1}`;
    const played = sampleMail(mail.sample, {
      host: mail.host,
      address: ADDRESS,
      from: mail.sender,
      queueId,
    });
    const result = await playMail(spec, played);
    const good = isAsExpected(mail, result);
    passed &&= good;
    const children = await childrenOf(manager, index + 1);
    const mark = good ? ui.style.marks.pass : ui.style.marks.fail;
    ui.print(`${mark} ${describe(mail, result)}\n    ${children}`);
  }
  return passed;
}

function isAsExpected(mail: DemoMail, result: Result): boolean {
  const status = result.status === 'accept' ? 'pass' : result.status;
  const headers = result.message.headers.map(({ name }) => name.toLowerCase());
  return (
    status === mail.expect &&
    (mail.adds ?? []).every((name) => headers.includes(name.toLowerCase()))
  );
}

function describe(mail: DemoMail, result: Result): string {
  const reply = result.reply
    ? ` ${result.reply.code} ${result.reply.enhanced ?? ''} ${result.reply.lines.join(' ')}`
    : '';
  const added = (mail.adds ?? []).filter((name) =>
    result.message.headers.some((header) => header.name === name),
  );
  const headers = added.length > 0 ? `, added ${added.join(', ')}` : '';
  return `${mail.title}: ${result.status}${reply}${headers}`;
}

/** Each child's verdict and time, from the manager's line about the mail: each mail is a session of its own. */
async function childrenOf(manager: BackgroundProgram, session: number): Promise<string> {
  const line = await manager.line((each) => each.includes(`session=${session} queue-id=`), 2000);
  return (/milters="?(.*?)"?$/.exec(line)?.[1] ?? line).replaceAll('; ', '\n    ');
}

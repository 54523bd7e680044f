/**
 * The judge: what Postfix makes of a milter's reply, and what its smtpd and cleanup say to a milter. Written from
 * MILTER_README, RFC 5321 and what Postfix 3.7 was seen to do, with nothing of what is under test.
 */

/** Letters of commands that have a reply. */
export type Event = 'C' | 'H' | 'U' | 'M' | 'R' | 'T' | 'L' | 'N' | 'B' | 'E';

/** What came before a reply, as far as it matters. */
export interface Before {
  /** Actions that were agreed. */
  readonly actions: number;
  /** A mail has begun in this session. */
  readonly afterMail: boolean;
  /** A new body was given, and something else came after it. */
  readonly bodyDone: boolean;
}

const BARE = 'cardt4ps';
const SMALLEST_ACTION: Readonly<Record<string, number>> = {
  ...{ h: 0x01, i: 0x01, b: 0x02, '+': 0x04, '-': 0x08, m: 0x10, q: 0x20, e: 0x40, '2': 0x80 },
};

/**
 * Why Postfix would not obey a reply.
 * @param reply letter and data
 */
export function objection(event: Event, reply: Buffer, before: Before): string | undefined {
  const letter = reply.toString('latin1', 0, 1);
  const data = reply.subarray(1);
  if (data.length > 65_535) return 'longer than an MTA reads';
  if (BARE.includes(letter) && data.length > 0) return 'was followed by data bytes';
  switch (letter) {
    case 'c':
    case 'r':
    case 't':
    case '4':
      return undefined;
    case 'a':
      if (event === 'U') return 'ends a mail where there is none: panic at the next MAIL';
      return event === 'H' && before.afterMail ? 'ends the filtering of the session' : undefined;
    case 'd':
      if (event === 'U') return 'ends a mail where there is none: panic at the next MAIL';
      return 'CH'.includes(event) ? 'is not allowed for connect or helo' : undefined;
    case 'p':
      return event === 'E' ? undefined : 'asks for time where none is needed';
    case 'y':
      return malformedReply(data);
    default:
      break;
  }
  const action = SMALLEST_ACTION[letter];
  if (action === undefined) return 'is no reply';
  if (event !== 'E') return 'is not expected before the end of the message';
  if ((before.actions & action) === 0) return 'was not agreed to';
  if (letter === 'b') return before.bodyDone ? 'is mixed with other requests' : undefined;
  return malformedChange(letter, data);
}

/** Postfix looks at the first line; the SMTP client reads them all. */
function malformedReply(data: Buffer): string | undefined {
  if (data.indexOf(0) !== data.length - 1) return 'has no NUL at its end alone';
  const lines = data.toString('latin1', 0, data.length - 1).split('\r\n');
  const code = lines[0]!.slice(0, 3);
  for (const [index, line] of lines.entries()) {
    const last = index === lines.length - 1;
    if (!/^[45]\d\d$/.test(code) || !line.startsWith(code)) return `has no code in "${line}"`;
    if (line[3] !== (last ? ' ' : '-')) return `is malformed: "${line}"`;
    if (/\d/.test(line[4] ?? '') && line[4] !== code[0]) return `is malformed: "${line}"`;
    if (/[\r\n]/.test(line)) return `breaks a line: "${line}"`;
  }
  return undefined;
}

function malformedChange(letter: string, data: Buffer): string | undefined {
  const indexed = letter === 'i' || letter === 'm';
  if (indexed && data.length < 4) return 'is too short for an index';
  const text = data.subarray(indexed ? 4 : 0);
  if (letter === 'q') return undefined;
  if (text.at(-1) !== 0) return 'misses a NUL';
  const strings = text.toString('latin1').split('\0').slice(0, -1);
  const wanted: readonly number[] = 'him'.includes(letter)
    ? [2]
    : 'e2'.includes(letter)
      ? [1, 2]
      : [1];
  if (!wanted.includes(strings.length)) return `has ${strings.length} strings`;
  return 'him'.includes(letter) && strings[0] === '' ? 'has no name' : undefined;
}

/** How Postfix stands to the milter. */
type State = 'envelope' | 'accepted mail' | 'accepted session' | 'refused session';

export type Outcome = 'go on' | 'accepted' | 'refused' | 'discarded';

/** What an SMTP client may type. */
export type Typed = 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'RSET' | 'WIZ';

/** The wire to the milter. */
export interface Asks {
  /** Sends a command; gives what its replies mean, where it has one. @throws where one is not obeyed */
  ask(event: Event, data: string): Promise<Outcome>;
  /** Sends a command that has no reply. */
  tell(letter: string): Promise<void>;
}

export interface Mail {
  readonly id: number;
  readonly end: 'taken' | 'refused' | 'discarded';
}

/** smtpd with one milter. */
export class Postfix {
  readonly mails: Mail[] = [];
  private state: State = 'envelope';
  private mail: { discarded: boolean; recipients: number } | undefined;
  private count = 0;

  constructor(private readonly milter: Asks) {}

  async connect(): Promise<void> {
    await this.event('C', 'mail.example.org\x004\x00\x19192.0.2.1\0');
  }

  async type(typed: Typed): Promise<void> {
    switch (typed) {
      case 'EHLO':
        // HELO goes out before the mail that it ends is given up.
        if (this.state === 'envelope' || this.state === 'accepted mail')
          await this.event('H', 'x\0');
        return this.reset();
      case 'WIZ':
        if (this.state === 'envelope') await this.event('U', 'WIZ\0');
        return;
      case 'RSET':
        return this.reset();
      case 'MAIL':
        return this.typeMail();
      case 'RCPT':
        if (this.mail && (await this.inMail('R', '<r@example.org>\0')) !== 'refused')
          this.mail.recipients += 1;
        return;
      case 'DATA':
        return this.typeData();
    }
  }

  private async typeMail(): Promise<void> {
    if (this.mail) return;
    if (this.state === 'accepted mail') throw new Error('panic: bad state at MAIL');
    this.count += 1;
    this.mail = { discarded: false, recipients: 0 };
    const outcome = await this.inMail('M', `<${this.count}@example.org>\0`);
    if (outcome === 'refused') await this.end('refused');
  }

  private async typeData(): Promise<void> {
    if (!this.mail || this.mail.recipients === 0) return;
    // The envelope stays open after a refused DATA.
    if ((await this.inMail('T', '')) === 'refused') return;
    const content: readonly (readonly [Event, string])[] = [
      ['L', 'Subject\0x\0'],
      ['L', 'X-Two\0y\0'],
      ['N', ''],
      ['B', 'text\r\n'],
      ['E', ''],
    ];
    for (const [event, data] of content) {
      const outcome = await this.inMail(event, data);
      if (outcome === 'refused') return this.end('refused');
      if (outcome !== 'go on') break;
    }
    await this.end(this.mail.discarded ? 'discarded' : 'taken');
  }

  private async inMail(event: Event, data: string): Promise<Outcome> {
    if (this.state === 'refused session') return 'refused';
    if (this.state !== 'envelope') return 'go on';
    const outcome = await this.event(event, data);
    if (outcome === 'discarded') this.mail!.discarded = true;
    return outcome;
  }

  private async event(event: Event, data: string): Promise<Outcome> {
    const outcome = await this.milter.ask(event, data);
    if (outcome === 'refused' && 'CH'.includes(event)) this.state = 'refused session';
    if (outcome === 'accepted' || outcome === 'discarded')
      this.state = 'CH'.includes(event) ? 'accepted session' : 'accepted mail';
    return outcome;
  }

  private async end(end: Mail['end']): Promise<void> {
    this.mails.push({ id: this.count, end });
    await this.reset();
  }

  private async reset(): Promise<void> {
    this.mail = undefined;
    if (this.state !== 'envelope' && this.state !== 'accepted mail') return;
    await this.milter.tell('A');
    this.state = 'envelope';
  }
}

/** A child that says whatever comes next on its list, and keeps in mind what it has a right to be asked. */
import { createServer, type Server, type Socket } from 'node:net';
import { framed } from './wire.ts';

/** What it says to a command: letters and data of packets, or `!` for going away. */
export const ANSWERS = {
  goesOn: 'c',
  accepts: 'a',
  rejects: 'r',
  putsOff: 't',
  discards: 'd',
  skips: 's',
  saysWhy: 'y550 5.7.1 no\0',
  saysOtherClass: 'y550 4.7.23 SPF\0',
  saysBareCode: 'y450\0',
  saysAddress: 'y554 192.0.2.1 listed\0',
  saysLines: 'y450-5.1.1 one\ntwo\r\n451 three\r\n\0',
  saysNul: 'y550 no\0more\0',
  saysNonsense: 'Z',
  saysWelcome: 'y250 2.0.0 fine\0',
  goesAway: '!',
} as const;
export type Said = keyof typeof ANSWERS;

/** What it wants changed at the end of a message. */
export const CHANGES = {
  add: 'hX-A\0yes\0',
  addCutOff: 'hX-A\0yes',
  addNameOnly: 'hX-A\0',
  addThree: 'hX-A\0b\0c\0',
  insert: 'i\0\0\0\x01X-I\0yes\0',
  insertShort: 'i\0\0\0',
  change: 'm\0\0\0\x01Subject\0new\0',
  changeNoName: 'm\0\0\0\x01\0new\0',
  changeNoIndex: 'mSubject\0\0',
  addRecipient: '+<n@example.org>\0',
  addRecipientLeftOver: '+<n@example.org>\0more\0',
  addRecipientCutOff: '+<n@example.org>',
  withArguments: '2<n@example.org>\0NOTIFY=NEVER\0',
  withArgumentsThree: '2<n@example.org>\0a\0b\0',
  removeRecipient: '-<r@example.org>\0',
  removeNobody: '-',
  sender: 'e<s@example.org>\0',
  senderThree: 'e<s@example.org>\0a\0b\0',
  senderNone: 'e',
  hold: 'qwhy\0',
  holdWithoutNul: 'qwhy',
  body: 'bnew body\r\n',
  longBody: `b${'x'.repeat(200_000)}`,
  longHeader: `hX-A\0${'x'.repeat(70_000)}\0`,
} as const;
export type Change = keyof typeof CHANGES;

/** Those that no MTA can read: who sends one has failed. */
const MALFORMED: ReadonlySet<Change> = new Set<Change>([
  ...(['addCutOff', 'addNameOnly', 'addThree', 'insertShort', 'changeNoName'] as const),
  ...(['changeNoIndex', 'addRecipientLeftOver', 'addRecipientCutOff', 'longHeader'] as const),
  ...(['withArgumentsThree', 'removeNobody', 'senderThree', 'senderNone'] as const),
]);

export interface Script {
  /** SMFIP_NOx, SMFIP_NR_x and others that it agrees to. */
  readonly steps: number;
  readonly says: readonly (Said | 'isSilent')[];
  readonly changes: readonly Change[];
}

const REFUSALS = 'rtdy';
const CODES: Readonly<Record<string, string>> = { U: 'unknown', C: 'session', H: 'session' };
const NR: Readonly<Record<string, number>> = {
  ...{ C: 0x1000, H: 0x2000, M: 0x4000, R: 0x8000, T: 0x10000, U: 0x20000 },
  ...{ L: 0x80, N: 0x40000, B: 0x80000, E: 0 },
};

export class WhimsicalChild {
  /** Letters of what it heard in this session. */
  heard: string[] = [];
  private script: Script = { steps: 0, says: ['goesOn'], changes: [] };
  private turn = 0;
  /** It has left the session, or failed in it. */
  private left = false;
  private mail = 0;
  private readsPast = true;
  /** It has said its last word about the content of a mail. */
  private finished = false;
  private recipients: boolean[] = [];
  /** Mails of which it wants to hear no more. */
  private readonly enough = new Set<number>();
  private readonly refused = new Set<number>();
  private readonly heardEnd = new Set<number>();

  static async listen(path: string): Promise<readonly [WhimsicalChild, Server]> {
    const child = new WhimsicalChild();
    const server = createServer((socket) => child.serve(socket));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return [child, server];
  }

  /**
   * Another session.
   * @param readsPast after its last word on content it does not answer what was on its way, as libmilter does
   */
  begin(script: Script, readsPast = true): void {
    this.readsPast = readsPast;
    this.script = script;
    this.heard = [];
    this.turn = 0;
    this.left = false;
    this.mail = 0;
    this.finished = false;
    this.enough.clear();
    this.refused.clear();
    this.heardEnd.clear();
  }

  /** What is wrong with a mail that was taken, in the eyes of this child. */
  complaint(id: number): string | undefined {
    if (this.refused.has(id)) return 'refused it';
    return this.left || this.enough.has(id) || this.heardEnd.has(id) ? undefined : 'was not asked';
  }

  private serve(socket: Socket): void {
    let pending = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
        const end = 4 + pending.readUInt32BE(0);
        this.hear(socket, pending.toString('latin1', 4, end));
        pending = pending.subarray(end);
      }
    });
  }

  private hear(socket: Socket, packet: string): void {
    const letter = packet[0]!;
    this.heard.push(letter);
    if (letter === 'O') {
      const answer = Buffer.from('4f00000006000001ff00000000', 'hex');
      answer.writeUInt32BE(this.script.steps, 9);
      socket.write(framed(answer));
      return;
    }
    if (letter === 'M') {
      this.mail = parseInt(packet.slice(2), 10);
      this.recipients = [];
    }
    if (letter === 'A') this.finished = false;
    if ('DAQK'.includes(letter) || !(letter in NR)) return;
    if (!'LNBE'.includes(letter)) this.finished = false;
    if (this.finished) return;
    if (letter === 'E') this.heardEnd.add(this.mail);
    if ((this.script.steps & NR[letter]!) !== 0) return;
    const next = this.script.says[this.turn++ % this.script.says.length]!;
    if (next === 'isSilent') return;
    const said = ANSWERS[next];
    if (letter === 'E' && this.script.changes.some((each) => MALFORMED.has(each))) this.left = true;
    else this.note(letter, said);
    if (letter === 'E') {
      for (const change of this.script.changes) this.say(socket, CHANGES[change]);
    }
    if (said === '!') {
      socket.destroy();
      return;
    }
    this.say(socket, said);
  }

  /** What it says means. */
  private note(letter: string, said: string): void {
    this.finished = this.readsPast && 'LNB'.includes(letter) && !'cs'.includes(said[0]!);
    const failed = said === '!' || said === 'Z' || said.startsWith('y2');
    const refuses = REFUSALS.includes(said[0]!) && !failed;
    if (failed) this.left = true;
    else if (CODES[letter] === 'session') {
      if (said === 'a' || (refuses && said !== 'd')) this.left = true;
    } else if (CODES[letter] === undefined) {
      if (letter === 'R') this.noteRecipient(said, refuses);
      else if (refuses) this.refused.add(this.mail);
      if (said === 'a' || said === 'd') this.enough.add(this.mail);
    }
  }

  private noteRecipient(said: string, refuses: boolean): void {
    if (said === 'd') this.refused.add(this.mail);
    this.recipients.push(refuses);
    if (this.recipients.every(Boolean)) this.enough.add(this.mail);
    else this.enough.delete(this.mail);
  }

  private say(socket: Socket, text: string): void {
    if (socket.writable) socket.write(framed(text));
  }
}

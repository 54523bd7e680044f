/** The commands of one session to one child: which may be sent, which wait for their replies. */
import { SMFIC } from '../../protocol/constants.ts';
import type { Pieces } from '../../protocol/packet-reader.ts';
import type { Done } from './reply.ts';

/** One command on its way to the child. */
export interface Command {
  readonly letter: number;
  readonly bytes: Pieces;
  /** In bytes. */
  readonly size: number;
  /** Called once with the reply; content that needs no attention has none. */
  readonly done: Done | undefined;
  /** Macros, aborts, and commands whose reply was negotiated away (SMFIP_NR_...). */
  readonly unanswered: boolean;
  /** Its message is over; a reply still comes, and means nothing. */
  abandoned: boolean;
}

const CONTENT: ReadonlySet<number> = new Set<number>([
  SMFIC.HEADER,
  SMFIC.EOH,
  SMFIC.BODY,
  SMFIC.BODYEOB,
]);

/**
 * What a milter does about content that was on its way when it said its last word: libmilter reads it and says nothing.
 * One a milter, since its connections are all alike.
 */
export interface Habit {
  /** Undefined: not seen yet. */
  answersOn: boolean | undefined;
}

/** Milliseconds after which a milter that would answer on has done so. */
const SILENCE = 100;

export class CommandQueue {
  /** Not sent yet, oldest first. */
  private waiting: Command[] = [];
  private waitingBytes = 0;
  /** Sent and not answered yet, oldest first. */
  private sent: Command[] = [];

  /** Content that was cut off by a last word, and may be answered all the same. */
  private strays = 0;
  private cutOffAt = 0;

  /** @param pipelining content is sent without waiting for the replies to earlier content */
  constructor(
    private readonly pipelining: boolean,
    private readonly habit: Habit,
  ) {}

  /** Takes a command: true where it may be sent at once, otherwise it waits. */
  admit(command: Command): boolean {
    if (this.waiting.length === 0 && this.maySend(command)) return true;
    this.waiting.push(command);
    this.waitingBytes += command.size;
    return false;
  }

  /** The next waiting command that may be sent now. */
  next(): Command | undefined {
    const first = this.waiting[0];
    if (first === undefined || !this.maySend(first)) return undefined;
    this.waiting.shift();
    this.waitingBytes -= first.size;
    return first;
  }

  /** Notes a command that was sent and will be answered. */
  expectReply(command: Command): void {
    this.strays = 0;
    this.sent.push(command);
  }

  /** The command that the child's next reply belongs to. */
  get unanswered(): Command | undefined {
    return this.sent[0];
  }

  get waits(): boolean {
    return this.waiting.length > 0;
  }

  /** Bytes not sent yet. */
  get bytes(): number {
    return this.waitingBytes;
  }

  /**
   * Takes the oldest unanswered command off, since its reply came. A final answer to content ends the message for the
   * child: the rest of it is dropped. What was sent already is answered or not, by the milter's habit; it means nothing.
   * @returns the end of message where it was among the rest: the answer is its answer
   */
  answered(final: boolean): Command | undefined {
    const command = this.sent.shift()!;
    if (!final || !CONTENT.has(command.letter)) return undefined;
    const end = this.sent.findIndex(({ letter }) => !CONTENT.has(letter));
    const rest = this.sent.slice(0, end < 0 ? undefined : end);
    if (this.habit.answersOn) {
      for (const each of rest) each.abandoned = true;
    } else {
      this.sent.splice(0, rest.length);
      this.strays = rest.length;
      this.cutOffAt = performance.now();
    }
    if (!command.abandoned) rest.push(...this.drop((letter) => CONTENT.has(letter)));
    return rest.find(({ letter }) => letter === SMFIC.BODYEOB);
  }

  /** Takes a reply that nobody asked for. @returns whether it is one to content that was cut off */
  isStray(isAnswer: boolean): boolean {
    if (this.strays === 0) return false;
    this.habit.answersOn = true;
    if (isAnswer) this.strays -= 1;
    return true;
  }

  /** Words may still come that could not be told from the answer to the next command. */
  get mayStray(): boolean {
    const silent = performance.now() - this.cutOffAt >= SILENCE;
    if (this.strays > 0 && silent) this.habit.answersOn ??= false;
    return this.strays > 0 && this.habit.answersOn !== false;
  }

  /**
   * The message is over: what waits is dropped, replies under way mean nothing.
   * @returns the commands of which somebody awaits the reply
   */
  abandon(): readonly Command[] {
    const given = this.sent.filter(({ abandoned }) => !abandoned);
    for (const command of given) command.abandoned = true;
    return [...given, ...this.drop(() => true)].filter(({ done }) => done !== undefined);
  }

  /** Empties it; gives everything that was not answered and is not abandoned. */
  close(): readonly Command[] {
    const open = this.sent.filter(({ abandoned }) => !abandoned);
    this.sent = [];
    return [...open, ...this.drop(() => true)];
  }

  /** Drops what is not sent yet and unwanted, macros with the command that they are for; gives it. */
  drop(unwanted: (letter: number) => boolean): readonly Command[] {
    const kept: Command[] = [];
    const dropped: Command[] = [];
    let macros: Command[] = [];
    for (const command of this.waiting) {
      if (command.letter === SMFIC.MACRO) {
        macros.push(command);
        continue;
      }
      (unwanted(command.letter) ? dropped : kept).push(...macros, command);
      macros = [];
    }
    (unwanted(SMFIC.MACRO) ? dropped : kept).push(...macros);
    this.waiting = kept;
    this.waitingBytes = this.waiting.reduce((sum, { size }) => sum + size, 0);
    return dropped;
  }

  private maySend({ letter }: Command): boolean {
    const oldest = this.sent[0];
    if (oldest === undefined) return true;
    if (!this.pipelining || oldest.abandoned || !CONTENT.has(oldest.letter)) return false;
    return CONTENT.has(letter) || letter === SMFIC.MACRO;
  }
}

/**
 * A child in evaluation mode: it sees what it would see if it counted, and says what it would have done. Nobody waits for
 * it, and nothing that it says, or fails to say, has any effect.
 */
import type { Offer } from './offer.ts';
import { withoutLeadingSpace } from '../merge/changes.ts';
import { COMMANDS, type CommandRules } from '../session/commands.ts';
import type { Participant } from './participant.ts';
import type { ChildReport } from '../report/report.ts';

/** Does one thing and calls `next` when the following one may begin. */
type Task = (next: () => void) => void;

export class Shadow {
  private tasks: { readonly task: Task; readonly bytes: number }[] = [];
  private waitingBytes = 0;
  private busy = false;
  /** It lags too far behind: the rest of this message is kept from it. */
  private lost = false;
  /** Its part in the current message has been told. */
  private told = true;

  /**
   * @param limit bytes that it may lag behind before it misses the rest of a message
   * @param ended called with what it would have done to a message
   */
  constructor(
    readonly participant: Participant,
    private readonly limit: number,
    private readonly ended: (report: ChildReport) => void,
  ) {}

  open(offer: Offer): void {
    this.enqueue(0, (next) => this.participant.open(offer, next));
  }

  beginMessage(): void {
    this.lost = false;
    this.enqueue(0, (next) => {
      this.participant.beginMessage();
      this.told = false;
      next();
    });
  }

  /**
   * @param bytes undefined where the MTA does not send the command, and only its macros came
   * @param mayHear whether it may see the command, by what it negotiated
   */
  ask(
    rules: CommandRules,
    macros: Buffer | undefined,
    bytes: Buffer | undefined,
    mayHear: (participant: Participant) => boolean,
  ): void {
    this.enqueue(bytes?.length ?? 0, (next) => {
      if (!mayHear(this.participant)) {
        next();
        return;
      }
      this.participant.ask(rules, macros, bytes, () => {
        if (rules === COMMANDS.endOfMessage) this.tell();
        next();
      });
    });
  }

  /** @param spaced the value of a header has its leading space (SMFIP_HDR_LEADSPC) */
  feed(rules: CommandRules, macros: Buffer | undefined, bytes: Buffer, spaced: boolean): void {
    this.enqueue(bytes.length, (next) => {
      const strip = spaced && !this.participant.keepsLeadingSpace;
      this.participant.feed(rules, macros, strip ? withoutLeadingSpace(bytes) : bytes);
      next();
    });
  }

  /** Recipients are over: where it refused all that it was asked about, it would get no content. */
  beginContent(): void {
    this.enqueue(0, (next) => {
      if (this.participant.refusedEveryRecipient) this.giveUp(next);
      else next();
    });
  }

  /**
   * Shows it a message that is given bit by bit, as a later stage gets it; `show` ends with the end of the message.
   * @returns whether it will be shown it
   */
  watch(show: (participant: Participant) => Promise<void>): boolean {
    if (this.lost) return false;
    this.enqueueNow(0, (next) => {
      void show(this.participant).then(() => {
        this.tell();
        next();
      });
    });
    return true;
  }

  abort(): void {
    this.enqueue(0, (next) => this.giveUp(next));
  }

  leave(): void {
    this.enqueueNow(0, () => this.participant.leave());
  }

  private enqueue(bytes: number, task: Task): void {
    if (this.lost) return;
    if (this.waitingBytes + this.participant.backlog + bytes > this.limit) {
      this.lost = true;
      this.enqueueNow(0, (next) => this.giveUp(next));
      return;
    }
    this.enqueueNow(bytes, task);
  }

  private giveUp(next: () => void): void {
    this.tell();
    this.participant.abort();
    next();
  }

  private tell(): void {
    if (this.told) return;
    this.told = true;
    this.ended(this.participant.report());
  }

  private enqueueNow(bytes: number, task: Task): void {
    this.tasks.push({ task, bytes });
    this.waitingBytes += bytes;
    this.run();
  }

  private run(): void {
    while (!this.busy) {
      const first = this.tasks.shift();
      if (first === undefined) return;
      this.waitingBytes -= first.bytes;
      this.busy = true;
      first.task(() => {
        this.busy = false;
        this.run();
      });
    }
  }
}

/** One milter's part in one session: whether it takes part, what its answers do to it, and its fallback when it fails. */
import type { Socket } from 'node:net';
import { SMFIC, SMFIF, SMFIP } from '../protocol/constants.ts';
import type { Negotiation } from '../protocol/negotiation.ts';
import type { Packet } from '../protocol/packet-reader.ts';
import type { Offer } from './agreement.ts';
import { Child, type Reply } from './child.ts';
import { connectChild } from './child-socket.ts';
import type { Failure } from './failure.ts';
import type { CommandRules, StageName } from './commands.ts';
import type { Milter } from './runtime.ts';
import {
  ACCEPT,
  CONTINUE,
  fallbackAnswer,
  isRefusal,
  TEMPFAIL,
  type Answer,
  type Status,
} from './verdict.ts';

/** What became of a child in a message, for the log. */
export interface ChildReport {
  readonly name: string;
  readonly status: Status | 'pass' | 'stop';
  readonly stage: StageName;
  readonly milliseconds: number;
  /** Why it was stopped, or how it failed. */
  readonly reason: string | undefined;
  readonly shadow: boolean;
}

/** What a participant tells its session. */
export interface ParticipantListener {
  progressed(): void;
  drained(): void;
  failed(failure: Failure, stage: StageName): void;
  /** It ended its part of the message while content was passing by. */
  settled(): void;
}

export type Done = (answer: Answer | undefined, modifications: readonly Packet[]) => void;

const NONE: readonly Packet[] = [];

export class Participant {
  /** Bits of SMFIP and SMFIF that it agreed to; 0 where it could not be asked. */
  steps = 0;
  actions = 0;
  macros: Negotiation['macros'] = new Map();
  /** No part in the rest of the session. */
  gone = false;
  /** No part in the rest of this message. */
  out = false;
  failure: Failure | undefined;
  /** What it said to content; counts when the message's verdict is made. */
  contentAnswer: Answer | undefined;
  private child: Child | undefined;
  private sawMessage = false;
  private skipsBody = false;
  private recipientsRefused = 0;
  private recipientsTaken = 0;
  private stage: StageName = 'negotiate';
  private status: ChildReport['status'] = 'pass';
  private reason: string | undefined;
  private milliseconds = 0;

  constructor(
    readonly milter: Milter,
    private readonly listener: ParticipantListener,
  ) {}

  /** Connects and negotiates; `done` comes once, whatever happens. */
  open(offer: Offer, done: () => void): void {
    const { settings, breaker } = this.milter;
    if (!breaker.admits()) {
      this.fail({ kind: 'unreachable', reason: 'left alone after repeated failures' });
      done();
      return;
    }
    const connect = (received: (chunk: Buffer) => void): Socket =>
      connectChild(settings.connection_spec!, this.milter.locate, received);
    const limits = {
      connection: settings.connection_timeout * 1000,
      writing: settings.writing_timeout * 1000,
      reading: settings.reading_timeout * 1000,
      endOfMessage: settings.end_of_message_timeout * 1000,
      modifications: this.milter.maxModifications,
    };
    this.child = new Child(connect, limits, settings.pipelining, {
      progressed: () => this.listener.progressed(),
      drained: () => this.listener.drained(),
      spoke: (reply) => this.spoke(reply),
    });
    const began = performance.now();
    this.child.negotiate(offer.packet, (result) => {
      this.milliseconds += performance.now() - began;
      if ('kind' in result) this.fail(result);
      else {
        this.steps = result.steps & offer.steps;
        this.actions = result.actions & offer.actions;
        this.macros = result.macros;
      }
      done();
    });
  }

  beginMessage(): void {
    this.out = false;
    this.contentAnswer = undefined;
    this.sawMessage = false;
    this.skipsBody = false;
    this.recipientsRefused = 0;
    this.recipientsTaken = 0;
    this.milliseconds = 0;
    if (!this.gone) {
      this.status = 'pass';
      this.reason = undefined;
    }
  }

  /** Whether it may still say something about this message. */
  get takesPart(): boolean {
    return !this.gone && !this.out;
  }

  /**
   * Puts a command to the child. `done` comes once: at once where there is nothing to wait for; undefined where the
   * child takes no part.
   */
  ask(rules: CommandRules, macros: Buffer | undefined, bytes: Buffer, done: Done): void {
    if (this.failure) {
      done(this.standingFallback(rules), NONE);
      return;
    }
    if (this.gone || this.out) {
      done(undefined, NONE);
      return;
    }
    if ((this.steps & rules.unwanted) !== 0) {
      done(CONTINUE, NONE);
      return;
    }
    this.stage = rules.stage;
    if (rules.order > 0) this.sawMessage = true;
    if (macros) this.child!.feed(SMFIC.MACRO, macros, true);
    const began = performance.now();
    this.child!.ask(rules.command, bytes, (this.steps & rules.unanswered) !== 0, (reply) => {
      this.milliseconds += performance.now() - began;
      if ('failure' in reply) {
        this.fail(reply.failure);
        done(this.standingFallback(rules), NONE);
      } else {
        this.answered(rules, reply.answer);
        done(reply.answer, reply.modifications);
      }
    });
  }

  /** Passes content on. */
  feed(rules: CommandRules, macros: Buffer | undefined, bytes: Buffer): void {
    if (!this.takesPart || (this.steps & rules.unwanted) !== 0) return;
    if (rules.command === SMFIC.BODY && this.skipsBody) return;
    this.stage = rules.stage;
    this.sawMessage = true;
    if (macros) this.child!.feed(SMFIC.MACRO, macros, true);
    this.child!.feed(rules.command, bytes, (this.steps & rules.unanswered) !== 0);
  }

  /** Gives it no more of this message. */
  abort(): void {
    if (this.takesPart && this.sawMessage) this.child?.abort();
    this.out = true;
  }

  /** All recipients that it was asked about were refused by itself: there is nothing for it to filter (facts 4.3). */
  get refusedEveryRecipient(): boolean {
    return this.recipientsRefused > 0 && this.recipientsTaken === 0;
  }

  /** A condition says that it has no part in this session, or in this message. */
  stop(reason: string, stage: StageName, forSession: boolean): void {
    this.stage = stage;
    this.status = 'stop';
    this.reason = reason;
    if (forSession) this.leave();
    else this.out = true;
  }

  /** The time for the message is over. */
  giveUp(reason: string): void {
    this.child?.giveUp(reason);
  }

  /** Ends its part in the session in good order. */
  leave(): void {
    if (this.gone) return;
    this.gone = true;
    this.child?.quit();
    if (!this.failure && this.child) this.milter.breaker.succeeded();
  }

  get backlog(): number {
    return this.takesPart ? (this.child?.backlog ?? 0) : 0;
  }

  /** Whether it wants a stage, or has something to say there. */
  wants(rules: CommandRules): boolean {
    if (this.failure) return this.fallback !== ACCEPT && rules.command === SMFIC.MAIL;
    return (this.steps & rules.unwanted) === 0;
  }

  get changesHeaders(): boolean {
    return (this.actions & (SMFIF.ADDHDRS | SMFIF.CHGHDRS)) !== 0;
  }

  get keepsLeadingSpace(): boolean {
    return (this.steps & SMFIP.HDR_LEADSPC) !== 0;
  }

  report(): ChildReport {
    const { stage, status, milliseconds, reason } = this;
    const { name, evaluation_mode: shadow } = this.milter.settings;
    return { name, status, stage, milliseconds, reason, shadow };
  }

  /** The child's answer to every command once it has failed (promise 2). */
  private standingFallback(rules: CommandRules): Answer | undefined {
    if (this.fallback === ACCEPT || (this.out && rules.order > 0)) return undefined;
    const early = rules.order === 0;
    // Discard means nothing before there is a mail; and who is stopped at MAIL must not have refused the client before.
    if (early && (this.fallback.status === 'discard' || this.milter.decidesAtMail)) return CONTINUE;
    if (rules.command === SMFIC.UNKNOWN) return CONTINUE;
    return this.fallback;
  }

  private get fallback(): Answer {
    // What the child is set to says what its absence means, not what our own want of resources does.
    if (this.failure?.kind === 'resources') return TEMPFAIL;
    return fallbackAnswer(this.milter.settings.fallback_status);
  }

  private answered(rules: CommandRules, answer: Answer): void {
    if (answer.status === 'continue' || answer.status === 'skip') {
      if (rules.command === SMFIC.RCPT) this.recipientsTaken += 1;
      return;
    }
    this.status = answer.status;
    if (rules.order === 0) {
      if (rules.command !== SMFIC.UNKNOWN) this.leave();
    } else if (rules.command === SMFIC.RCPT && isRefusal(answer) && answer.status !== 'discard') {
      this.recipientsRefused += 1;
    } else {
      this.out = true;
    }
  }

  /** A final answer, or a failure, in the middle of content. */
  private spoke(reply: Reply): void {
    if ('failure' in reply) {
      this.fail(reply.failure);
      if (this.sawMessage && !this.out)
        this.contentAnswer = this.fallback === ACCEPT ? undefined : this.fallback;
    } else if (reply.answer.status === 'skip') {
      this.skipsBody = true;
      this.child?.dropBody();
      return;
    } else {
      this.status = reply.answer.status;
      this.contentAnswer = reply.answer;
      this.out = true;
    }
    this.listener.settled();
  }

  private fail(failure: Failure): void {
    this.failure = failure;
    this.gone = true;
    this.status = this.fallback.status;
    this.reason = failure.reason;
    const opened = failure.kind !== 'resources' && this.milter.breaker.failed();
    this.listener.failed(
      opened ? { ...failure, reason: `${failure.reason}; left alone for a while` } : failure,
      this.stage,
    );
  }
}

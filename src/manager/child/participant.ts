/** One milter's part in one session: whether it takes part, what its answers do to it, and its fallback when it fails. */
import type { ConditionName } from '../../manager-config/keys.ts';
import { SMFIC, SMFIF, SMFIP } from '../../protocol/constants.ts';
import { stepsUnknownTo, type Negotiation } from '../../protocol/negotiation.ts';
import type { Packet, Pieces } from '../../protocol/packet-reader.ts';
import { packet } from '../../protocol/packet-writer.ts';
import { countsAs } from '../gate/legal-answer.ts';
import type { Offer } from './offer.ts';
import type { Child } from './child.ts';
import type { Failure } from './failure.ts';
import { fallbackOf, standingFallback } from './fallback.ts';
import { openChild } from './open-child.ts';
import type { ParticipantListener } from './participant-listener.ts';
import type { ChildListener, Reply } from './reply.ts';
import { COMMANDS, type CommandRules, type StageName } from '../session/commands.ts';
import type { Milter } from './runtime.ts';
import type { ChildReport } from '../report/report.ts';
import { ACCEPT, CONTINUE, isRefusal, type Answer } from '../merge/verdict.ts';

export type Done = (answer: Answer | undefined, modifications: readonly Packet[]) => void;

const NONE: readonly Packet[] = [];
/** Without the last piece of the body that it may bring. */
const END_OF_MESSAGE = packet(SMFIC.BODYEOB);

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
  private offer: Offer | undefined;
  private sawMessage = false;
  /** The command of which it wants no more in this message. */
  private skipped: number | undefined;
  private recipientsRefused = 0;
  private recipientsTaken = 0;
  private stage: StageName = 'negotiate';
  private status: ChildReport['status'] = 'pass';
  private reason: string | undefined;
  private condition: ConditionName | undefined;
  private asked = false;
  /** It was left out of this message for a reason that is not its own. */
  private missed = false;
  private milliseconds = 0;

  constructor(
    readonly milter: Milter,
    private readonly listener: ParticipantListener,
  ) {}

  /** Connects and negotiates; `done` comes once, whatever happens. */
  open(offer: Offer, done: () => void): void {
    const { breaker, idle, reuses } = this.milter;
    if (!breaker.admits()) {
      // Told when it began; the log need not hear it of each session.
      this.lose({ kind: 'unreachable', reason: 'left alone after repeated failures' });
      done();
      return;
    }
    this.offer = offer;
    const rested = reuses ? idle.take(offer.packet) : undefined;
    if (rested) {
      this.child = rested;
      this.agreed(rested.wake(this.ears), offer);
      done();
    } else {
      this.connect(offer, done);
    }
  }

  /** A connection of its own, and a negotiation. */
  private connect(offer: Offer, done: () => void): void {
    this.child = openChild(this.milter, this.ears);
    const began = performance.now();
    this.child.negotiate(offer.packet, (result) => {
      this.milliseconds += performance.now() - began;
      if ('kind' in result) this.fail(result);
      else this.agreed(result, offer);
      done();
    });
  }

  private get ears(): ChildListener {
    return {
      progressed: () => this.listener.progressed(),
      drained: () => this.listener.drained(),
      skipped: (letter) => this.skip(letter),
      spoke: (reply) => this.spoke(reply),
    };
  }

  private agreed({ version, steps, actions, macros }: Negotiation, offer: Offer): void {
    this.steps = (steps & offer.steps) | stepsUnknownTo(version);
    this.actions = actions & offer.actions;
    this.macros = macros;
  }

  beginMessage(): void {
    this.out = false;
    this.contentAnswer = undefined;
    this.sawMessage = false;
    this.skipped = undefined;
    this.recipientsRefused = 0;
    this.recipientsTaken = 0;
    this.milliseconds = 0;
    this.asked = false;
    this.missed = false;
    if (!this.gone) {
      this.status = 'pass';
      this.reason = undefined;
      this.condition = undefined;
    }
  }

  /** Whether it is asked a command: about the session it is while it has a part in that, out of a mail or not. */
  private isAsked(rules: CommandRules): boolean {
    return rules.order === 0 ? !this.gone : this.takesPart;
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
      done(standingFallback(this.fallback, rules, this.milter, this.out), NONE);
      return;
    }
    if (!this.isAsked(rules)) {
      done(undefined, NONE);
      return;
    }
    if (!this.hears(rules)) {
      done(CONTINUE, NONE);
      return;
    }
    if (this.child!.wentAwayResting) {
      this.connect(this.offer!, () => this.ask(rules, macros, bytes, done));
      return;
    }
    this.stage = rules.stage;
    this.asked = true;
    if (rules.order > 0) this.sawMessage = true;
    if (macros) this.child!.feed(SMFIC.MACRO, macros, true);
    const began = performance.now();
    const bare = rules.command === SMFIC.BODYEOB && !this.hears(COMMANDS.body);
    this.child!.ask(
      rules.command,
      bare ? END_OF_MESSAGE : bytes,
      (this.steps & rules.unanswered) !== 0,
      (reply) => {
        this.milliseconds += performance.now() - began;
        if ('failure' in reply && this.child!.wentAwayResting) {
          this.ask(rules, macros, bytes, done);
        } else if ('failure' in reply) {
          this.fail(reply.failure);
          done(standingFallback(this.fallback, rules, this.milter, this.out), NONE);
        } else {
          const answer = countsAs(rules, reply.answer);
          this.answered(rules, answer);
          done(answer, reply.modifications);
        }
      },
    );
  }

  /** Passes content on. */
  feed(rules: CommandRules, macros: Buffer | undefined, bytes: Pieces): void {
    if (!this.takesPart || !this.hears(rules)) return;
    this.stage = rules.stage;
    this.asked = true;
    this.sawMessage = true;
    if (macros) this.child!.feed(SMFIC.MACRO, macros, true);
    this.child!.feed(rules.command, bytes, (this.steps & rules.unanswered) !== 0);
  }

  /** Gives it no more of this message. */
  abort(): void {
    if (this.takesPart && this.sawMessage) this.child?.abort();
    this.out = true;
  }

  /** All recipients that it was asked about were refused by itself: there is nothing for it to filter. */
  get refusedEveryRecipient(): boolean {
    return this.recipientsRefused > 0 && this.recipientsTaken === 0;
  }

  /** What counts of it at the end of the message where it takes no part any more: what it said, or its fallback. */
  get lastWord(): Answer | undefined {
    if (this.contentAnswer || !this.failure) return this.contentAnswer;
    return standingFallback(this.fallback, COMMANDS.endOfMessage, this.milter, this.out);
  }

  /** A condition says that it has no part in this session, or in this message. */
  stop(condition: ConditionName, reason: string, stage: StageName, forSession: boolean): void {
    this.stage = stage;
    this.condition = condition;
    this.status = 'stop';
    this.reason = reason;
    if (forSession) {
      this.leave();
      // Who is not asked cannot be missed.
      this.failure = undefined;
    } else this.out = true;
  }

  /** The time for the message is over: it has failed where it owes a reply. */
  giveUp(reason: string): void {
    if (this.takesPart && this.child?.owesReply) this.child.giveUp(reason);
  }

  /** It cannot be asked about this message any more, and is not to blame: its fallback, and its connection stays. */
  missOut(reason: string): Answer | undefined {
    if (!this.takesPart) return this.lastWord;
    this.status = this.fallback.status;
    this.missed = true;
    this.reason = reason;
    this.abort();
    return this.fallback === ACCEPT ? undefined : this.fallback;
  }

  /** Ends its part in the session in good order. */
  leave(): void {
    if (this.gone) return;
    this.gone = true;
    const { idle, reuses, breaker } = this.milter;
    if (this.failure || !this.child) return;
    if (!this.child.owesReply && breaker.succeeded()) this.listener.recovered();
    if (!reuses || !idle.keep(this.child, this.offer!.packet)) this.child.quit();
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
    const { stage, status, asked, milliseconds, reason, condition } = this;
    const { name, evaluation_mode: shadow } = this.milter.settings;
    const fallback = this.failure !== undefined || this.missed;
    return { name, status, fallback, asked, stage, milliseconds, reason, condition, shadow };
  }

  private get fallback(): Answer {
    return fallbackOf(this.milter, this.failure);
  }

  private hears({ unwanted, command }: CommandRules): boolean {
    return (this.steps & unwanted) === 0 && command !== this.skipped;
  }

  /** "Skip further callbacks of the same type in this transaction" (SMFIS_SKIP in mfapi.h), body or not. */
  private skip(letter: number): void {
    this.skipped = letter;
    this.child!.drop(letter);
  }

  private answered(rules: CommandRules, answer: Answer): void {
    if (answer.status === 'continue') {
      if (rules.command === SMFIC.RCPT) this.recipientsTaken += 1;
      return;
    }
    // A refused command of the session says nothing about a mail.
    if (rules.command === SMFIC.UNKNOWN) return;
    this.status = answer.status;
    if (rules.order === 0) {
      this.leave();
    } else if (rules.command === SMFIC.RCPT && isRefusal(answer) && answer.status !== 'discard') {
      this.recipientsRefused += 1;
    } else {
      this.out = true;
    }
  }

  /** A final answer, or a failure, in the middle of content. */
  private spoke(reply: Reply): void {
    if ('failure' in reply) {
      if (this.child!.wentAwayResting) return;
      this.fail(reply.failure);
    } else {
      this.status = reply.answer.status;
      this.contentAnswer = reply.answer;
      this.out = true;
    }
    this.listener.settled();
  }

  private lose(failure: Failure): void {
    this.failure = failure;
    this.gone = true;
    this.status = this.fallback.status;
    this.reason = failure.reason;
  }

  private fail(failure: Failure): void {
    this.lose(failure);
    const opened = failure.kind !== 'resources' && this.milter.breaker.failed();
    this.listener.failed(
      opened ? { ...failure, reason: `${failure.reason}; left alone for a while` } : failure,
      this.stage,
    );
  }
}

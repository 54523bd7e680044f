/** One milter's part in one session: whether it takes part, what its answers do to it, and its fallback when it fails. */
import type { ConditionName } from '../../manager-config/keys.ts';
import { SMFIC, SMFIF, SMFIP } from '../../protocol/constants.ts';
import { stepsUnknownTo, type Negotiation } from '../../protocol/negotiation.ts';
import type { Packet, Pieces } from '../../protocol/packet-reader.ts';
import { packet } from '../../protocol/packet-writer.ts';
import { countsAs } from '../gate/legal-answer.ts';
import type { Offer } from './offer.ts';
import type { Breaker } from './breaker.ts';
import type { Child } from './child.ts';
import type { Failure } from './failure.ts';
import { fallbackOf, standingFallback } from './fallback.ts';
import { openChild } from './open-child.ts';
import { PartRecord } from './part-record.ts';
import type { ParticipantListener } from './participant-listener.ts';
import type { ChildListener, Reply } from './reply.ts';
import { COMMANDS, type CommandRules, type StageName } from '../session/commands.ts';
import type { Milter } from './runtime.ts';
import { SessionPast, type Told } from './session-past.ts';
import type { ChildReport } from '../report/report.ts';
import { ACCEPT, CONTINUE, isRefusal, type Answer } from '../merge/verdict.ts';

export type Done = (answer: Answer | undefined, modifications: readonly Packet[]) => void;

const NONE: readonly Packet[] = [];
const CLOSED: Failure = { kind: 'closed', reason: 'closed the connection' };
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
  private readonly past = new SessionPast();
  /** What it said when it was told again who the client is: a refusal that holds for each mail of the session. */
  private refusal: Answer | undefined;
  private sawMessage = false;
  /** It was given macros of this message. */
  private sawMacros = false;
  /** It has been given nothing of this message, and was not tried anew for it. */
  private fresh = false;
  /** It has answered the end of this message. */
  private ended = false;
  /** The command of which it wants no more in this message. */
  private skipped: number | undefined;
  private recipientsRefused = 0;
  private recipientsTaken = 0;
  private readonly record = new PartRecord();

  constructor(
    readonly milter: Milter,
    private readonly listener: ParticipantListener,
  ) {}

  /** Connects and negotiates; `done` comes once, whatever happens. */
  open(offer: Offer, done: () => void): void {
    const { idle, reuses } = this.milter;
    this.offer = offer;
    if (!this.admitted()) {
      done();
      return;
    }
    const rested = reuses ? idle.take(offer.packet) : undefined;
    if (rested) {
      this.child = rested;
      this.agreed(rested.wake(this.ears), offer);
      done();
    } else {
      this.connect(offer, done);
    }
  }

  /** Whether it may be tried. Where not, that was told when it began: the log need not hear it of each session. */
  private admitted(): boolean {
    if (this.milter.breaker.admits()) return true;
    this.lose({ kind: 'unreachable', reason: 'left alone after repeated failures' });
    return false;
  }

  /**
   * A connection of its own, and a negotiation.
   * @param before how it failed the last time: the same is not told again
   */
  private connect(offer: Offer, done: () => void, before?: Failure): void {
    this.record.stage = 'negotiate';
    this.child?.quit();
    this.child = openChild(this.milter, this.ears);
    const began = performance.now();
    this.child.negotiate(offer.packet, (result) => {
      this.record.took(performance.now() - began);
      if ('kind' in result) this.fail(result, before);
      else this.agreed(result, offer);
      done();
    });
  }

  /**
   * Its connection is gone, or never came about, and no mail hangs on it: the next is not to suffer for that. It is
   * connected to anew and told who the client is.
   * @param rules the command that is at hand
   */
  private rejoin(rules: CommandRules, then: () => void): void {
    const before = this.failure;
    this.failure = undefined;
    this.gone = false;
    this.refusal = undefined;
    if (!this.admitted()) {
      then();
      return;
    }
    this.connect(
      this.offer!,
      () => {
        if (this.gone) then();
        else this.tellAgain(this.past.before(rules), then);
      },
      before,
    );
  }

  private tellAgain([first, ...rest]: readonly Told[], then: () => void): void {
    if (first === undefined) {
      then();
      return;
    }
    const { rules, macros, bytes } = first;
    if (macros) this.child!.feed(SMFIC.MACRO, macros, true);
    if (bytes === undefined || !this.hears(rules)) {
      this.tellAgain(rest, then);
      return;
    }
    this.child!.ask(rules.command, bytes, (this.steps & rules.unanswered) !== 0, (reply) => {
      if ('failure' in reply) {
        this.fail(reply.failure);
        then();
        return;
      }
      const answer = countsAs(rules, reply.answer);
      if (isRefusal(answer)) this.refusal = answer;
      else if (answer.status !== 'accept') {
        this.tellAgain(rest, then);
        return;
      }
      this.record.saidBefore(answer);
      this.leave();
      then();
    });
  }

  private get ears(): ChildListener {
    return {
      progressed: () => this.listener.progressed(),
      drained: () => this.listener.drained(),
      skipped: (letter) => this.skip(letter),
      spoke: (reply) => this.spoke(reply),
      faulted: (error) => this.faulted(error),
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
    this.sawMacros = false;
    this.skipped = undefined;
    this.recipientsRefused = 0;
    this.recipientsTaken = 0;
    this.record.begin(!this.failure && !this.gone);
    this.fresh = true;
    this.ended = false;
    if (this.failure) this.record.missing(this.fallback, this.failure.reason);
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
   * @param bytes undefined where the MTA does not send the command, and only its macros came
   */
  ask(
    rules: CommandRules,
    macros: Buffer | undefined,
    bytes: Buffer | undefined,
    done: Done,
  ): void {
    this.past.note({ rules, macros, bytes });
    if (this.mayRejoin(rules)) {
      if (rules.order > 0) this.fresh = false;
      this.rejoin(rules, () => this.ask(rules, macros, bytes, done));
      return;
    }
    if (rules.order > 0) this.fresh = false;
    if (this.failure) {
      done(standingFallback(this.fallback, rules, this.milter, this.out), NONE);
      return;
    }
    if (this.refusal && rules.order > 0 && !this.out) {
      this.record.saidBefore(this.refusal);
      this.out = true;
      done(this.refusal, NONE);
      return;
    }
    if (!this.isAsked(rules)) {
      done(undefined, NONE);
      return;
    }
    this.hearMacros(rules, macros);
    if (bytes === undefined || !this.hears(rules)) {
      done(CONTINUE, NONE);
      return;
    }
    this.record.given(rules.stage);
    if (rules.order > 0) this.sawMessage = true;
    const began = performance.now();
    const bare = rules.command === SMFIC.BODYEOB && !this.hears(COMMANDS.body);
    this.child!.ask(
      rules.command,
      bare ? END_OF_MESSAGE : bytes,
      (this.steps & rules.unanswered) !== 0,
      (reply) => {
        this.record.took(performance.now() - began);
        if ('failure' in reply && this.child!.wentAwayResting) {
          this.sawMessage = false;
          this.ask(rules, macros, bytes, done);
        } else if ('failure' in reply) {
          this.fail(reply.failure);
          done(standingFallback(this.fallback, rules, this.milter, this.out), NONE);
        } else {
          this.noteMended(reply.answer);
          const answer = countsAs(rules, reply.answer);
          if (rules.command === SMFIC.BODYEOB) this.ended = true;
          this.answered(rules, answer);
          done(answer, reply.modifications);
        }
      },
    );
  }

  /** Passes content on. */
  feed(rules: CommandRules, macros: Buffer | undefined, bytes: Pieces): void {
    this.fresh = false;
    if (!this.takesPart) return;
    if (!this.hears(rules)) {
      this.hearMacros(rules, macros);
      return;
    }
    if (this.child!.isOver) {
      this.fail(CLOSED);
      return;
    }
    this.record.given(rules.stage);
    this.sawMessage = true;
    this.hearMacros(rules, macros);
    this.child!.feed(rules.command, bytes, (this.steps & rules.unanswered) !== 0);
  }

  /** Gives it no more of this message. */
  abort(): void {
    if (this.takesPart && (this.sawMessage || this.sawMacros)) this.child?.abort();
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
    this.record.stopped(condition, reason, stage);
    if (forSession) {
      this.leave();
      this.failure = undefined;
      this.record.notMissed();
    } else this.out = true;
  }

  /** The time for the message is over: it has failed where it owes a reply. */
  giveUp(reason: string): void {
    if (this.takesPart && this.child?.owesReply) this.child.giveUp(reason);
  }

  /** It cannot be asked about this message any more, and is not to blame: its fallback, and its connection stays. */
  missOut(reason: string): Answer | undefined {
    if (!this.takesPart) return this.lastWord;
    this.record.missing(this.fallback, reason);
    this.abort();
    return this.fallback === ACCEPT ? undefined : this.fallback;
  }

  /** Ends its part in the session in good order. */
  leave(): void {
    if (this.gone) return;
    this.gone = true;
    const { idle, reuses, breaker } = this.milter;
    if (this.failure || !this.child) return;
    if (!this.child.owesReply && !this.child.isOver) this.noteSuccess(breaker);
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
    return this.record.report(this.milter);
  }

  private get fallback(): Answer {
    return fallbackOf(this.milter, this.failure);
  }

  private hears({ unwanted, command }: CommandRules): boolean {
    return (this.steps & unwanted) === 0 && command !== this.skipped;
  }

  /** Of a command that it does not want, too: Postfix gives milters those, and they look them up later. */
  private hearMacros(rules: CommandRules, macros: Buffer | undefined): void {
    if (macros === undefined) return;
    if (rules.order > 0) this.sawMacros = true;
    this.child!.feed(SMFIC.MACRO, macros, true);
  }

  /** "Skip further callbacks of the same type in this transaction" (SMFIS_SKIP in mfapi.h), body or not. */
  private skip(letter: number): void {
    this.skipped = letter;
    this.child!.drop(letter);
  }

  /** Whether it is to be connected to anew before it is asked: nothing that it knows of a mail is lost with that. */
  private mayRejoin(rules: CommandRules): boolean {
    // Who let a mail of this session wait in vain is not waited for a second time.
    if (this.failure)
      return rules.order > 0 && this.fresh && !this.out && this.failure.costTime !== true;
    const { child } = this;
    const isUsable = child === undefined || (!child.isOver && !child.mayStray);
    if (!this.isAsked(rules) || isUsable || this.holdsMail) return false;
    return rules.order > 0 || this.hears(rules);
  }

  /** It was given something of a message, and has not said its last word on that. */
  private get holdsMail(): boolean {
    return this.sawMessage && !this.out && !this.ended;
  }

  private noteSuccess(breaker: Breaker): void {
    if (breaker.succeeded()) this.listener.recovered();
  }

  private answered(rules: CommandRules, answer: Answer): void {
    if (rules.command === SMFIC.BODYEOB || answer.status !== 'continue')
      this.noteSuccess(this.milter.breaker);
    if (answer.status === 'continue') {
      if (rules.command === SMFIC.RCPT) this.recipientsTaken += 1;
      return;
    }
    // A refused command of the session says nothing about a mail.
    if (rules.command === SMFIC.UNKNOWN) return;
    this.record.said(answer);
    if (rules.order === 0) {
      this.leave();
    } else if (rules.command === SMFIC.RCPT && isRefusal(answer) && answer.status !== 'discard') {
      this.recipientsRefused += 1;
    } else {
      this.out = true;
    }
  }

  private noteMended(answer: Answer): void {
    const { told } = this.milter;
    if (answer.mended === undefined || told.has('mended reply')) return;
    told.add('mended reply');
    this.listener.mended(answer.mended, answer);
  }

  /** A final answer, or a failure, in the middle of content. */
  private spoke(reply: Reply): void {
    if ('failure' in reply) {
      // No mail hangs on the connection: there is nothing to tell, and the next finds a new one.
      if (reply.failure.kind === 'closed' && !this.holdsMail) return;
      this.fail(reply.failure);
    } else {
      this.noteMended(reply.answer);
      this.record.said(reply.answer);
      this.contentAnswer = reply.answer;
      this.out = true;
    }
    this.listener.settled();
  }

  private faulted(error: unknown): void {
    if (!this.failure) this.fail({ kind: 'resources', reason: 'internal error' });
    this.listener.faulted(error);
  }

  private lose(failure: Failure): void {
    // What comes after its word on the message does not change that.
    const counts = !this.sawMessage || this.holdsMail;
    this.failure = failure;
    this.gone = true;
    if (counts) this.record.missing(this.fallback, failure.reason);
  }

  private fail(failure: Failure, before?: Failure): void {
    this.lose(failure);
    const opened = failure.costTime === true && this.milter.breaker.failed();
    if (!opened && before?.kind === failure.kind && before.reason === failure.reason) return;
    this.listener.failed(
      opened ? { ...failure, reason: `${failure.reason}; left alone for a while` } : failure,
      this.record.stage,
    );
  }
}

/**
 * One mail's content on its way through the stages of children. The first stage gets it as it
 * arrives; where others follow, it is kept, and each gets it with the changes of the one before.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SMFIC, SMFIP } from '../../protocol/constants.ts';
import { parseHeader, type Header } from '../../protocol/headers.ts';
import type { Negotiation } from '../../protocol/negotiation.ts';
import {
  packetPieces,
  PACKET_HEAD,
  sizeOf,
  wholePacket,
  type Packet,
} from '../../protocol/packet-reader.ts';
import { packet } from '../../protocol/packet-writer.ts';
import { BodyStore } from './body-store.ts';
import { Changes } from '../merge/changes.ts';
import { COMMANDS, type CommandRules } from './commands.ts';
import type { ManagerSettings } from '../../manager-config/config.ts';
import { Deadline } from '../child/deadline.ts';
import { Guard } from './guard.ts';
import type { Participant } from '../child/participant.ts';
import type { Shadow } from '../child/shadow.ts';
import type { Crew } from './crew.ts';
import { feedAll, Replay, type Changed } from './replay.ts';
import { inTurns } from '../merge/turn.ts';
import { ACCEPT, isRefusal, merge, TEMPFAIL, type Answer } from '../merge/verdict.ts';

/** The answer to the end of the message, and the modifications to send before it. */
export type MessageDone = (answer: Answer, changes: readonly Buffer[]) => void;

export interface MessageListener {
  /** Content may flow again. */
  drained(): void;
  /** What a child wants changed, in a mail that is not refused. */
  modified(participant: Participant, modifications: readonly Packet[]): void;
  /** A fault of ours. */
  faulted(error: unknown): void;
  /** The spool file could not be written or read. */
  spoolFailed(error: unknown): void;
}

/** Milliseconds between two looks whether a shadow has taken what it was given. */
const SHADOW_PAUSE = 20;

const NOTHING = Buffer.alloc(0);
const END_OF_MESSAGE = packet(SMFIC.BODYEOB);
const OUT_OF_TIME = 'the time for the message is over';

export class Message {
  readonly began = performance.now();
  /** Its verdict, once it has one before the end of its content. */
  verdict: Answer | undefined;
  private readonly participants: readonly Participant[];
  private readonly shadows: readonly Shadow[];
  /** Shadows that get it as it arrives, and those that get it with the changes of others. */
  private early: readonly Shadow[] = [];
  private later: readonly Shadow[] = [];
  /** Shadows that are at it still, whatever became of it. */
  private showings = 0;
  private stages: readonly (readonly Participant[])[] | undefined;
  private headers: Header[] | undefined;
  private headerCount = 0;
  private headerBytes = 0;
  private body: BodyStore | undefined;
  private readonly macros = new Map<number, Buffer>();
  private readonly answers: Answer[] = [];
  private changes: Changes | undefined;
  private readonly guard = new Guard((error) => this.listener.faulted(error));
  private readonly budget: Deadline;
  private room: (() => void) | undefined;
  private over = false;
  /** Its time is over. */
  private late = false;
  /** The value of a header has its leading space. */
  private readonly spaced: boolean;
  private readonly replaying: Replay;

  constructor(
    { participants, shadows }: Pick<Crew, 'participants' | 'shadows'>,
    private readonly settings: ManagerSettings,
    private readonly agreed: Negotiation,
    private readonly listener: MessageListener,
  ) {
    this.participants = participants;
    this.shadows = shadows;
    this.spaced = (agreed.steps & SMFIP.HDR_LEADSPC) !== 0;
    this.replaying = new Replay(this.macros, settings, this.spaced);
    this.budget = new Deadline(this.guard.wrap(() => this.outOfTime()));
  }

  /** Takes a header, the end of headers or a body packet: passes it to the first stage and keeps it for the others. */
  content(rules: CommandRules, macros: Buffer | undefined, arrived: Packet): void {
    const stages = (this.stages ??= this.begin());
    const whole = this.early.length > 0 ? wholePacket(arrived) : undefined;
    for (const shadow of this.early)
      shadow.feed(rules, macros, whole!, this.spaced && rules === COMMANDS.header);
    if (this.verdict) return;
    const bytes = packetPieces(arrived);
    if (rules === COMMANDS.header && !this.noteHeader(arrived, sizeOf(bytes))) return;
    if (macros) this.macros.set(rules.command, macros);
    if (rules === COMMANDS.body) this.body?.append(bytes);
    if (stages.length > 0) feedAll(stages[0]!, rules, macros, bytes, this.spaced);
  }

  /** Takes macros of a command that nobody wants and the MTA does not send. */
  unwanted(rules: CommandRules, macros: Buffer): void {
    const stages = (this.stages ??= this.begin());
    for (const shadow of this.early) shadow.feed(rules, macros, NOTHING, false);
    if (this.verdict) return;
    this.macros.set(rules.command, macros);
    feedAll(stages[0] ?? [], rules, macros, NOTHING, false);
  }

  /** Takes the end of the message: `done` comes once, when the last stage has answered. */
  end(macros: Buffer | undefined, arrived: Packet, done: MessageDone): void {
    this.stages ??= this.begin();
    const whole = wholePacket(arrived);
    for (const shadow of this.early) shadow.ask(COMMANDS.endOfMessage, macros, whole, () => true);
    if (this.verdict) {
      this.finish(this.verdict, done);
      return;
    }
    if (macros) this.macros.set(SMFIC.BODYEOB, macros);
    if (this.body && arrived.data.length > 0) this.body.append(packet(SMFIC.BODY, arrived.data));
    this.budget.set(this.settings.message_timeout * 1000);
    this.changes = new Changes(this.headers, this.agreed.actions, this.spaced);
    this.askStage(0, whole, done);
  }

  /** Gives it up: nothing of it is answered any more. */
  cancel(verdict?: Answer): void {
    if (verdict) this.verdict = verdict;
    this.release();
    for (const participant of this.participants) participant.abort();
  }

  /** A participant said its last word: with the whole stage at its end, the verdict may be known early. */
  settled(): void {
    this.room?.();
    if (!this.stages || this.verdict || this.changes) return;
    const [first = [], ...later] = this.stages;
    if (first.some(({ takesPart }) => takesPart)) return;
    const answer = merge(first.map(({ lastWord }) => lastWord));
    if (isRefusal(answer)) this.cancel(answer);
    else if (later.length === 0 && this.later.length === 0) this.verdict = ACCEPT;
  }

  /** Bytes that children or the spool file have not taken yet: the most that any of them lags behind. */
  get backlog(): number {
    let most = this.body?.backlog ?? 0;
    for (const participant of this.stages?.[0] ?? []) most = Math.max(most, participant.backlog);
    return most;
  }

  /** A child took content from its queue. */
  drained(): void {
    this.room?.();
  }

  private begin(): readonly (readonly Participant[])[] {
    const stages: Participant[][] = [];
    for (const participant of this.participants) {
      if (participant.takesPart || participant.failure)
        (stages[participant.milter.settings.stage] ??= []).push(participant);
    }
    const used = stages.filter(Boolean);
    const first = stages.findIndex(Boolean);
    const isLater = ({ participant }: Shadow): boolean =>
      first >= 0 && participant.milter.settings.stage > first;
    this.early = this.shadows.filter((shadow) => !isLater(shadow));
    this.later = this.shadows.filter(isLater);
    const kept = used.length > 1 || this.later.length > 0;
    for (const shadow of this.shadows) shadow.beginContent();
    if (kept) {
      const { max_body_memory, spool_directory } = this.settings;
      this.body = new BodyStore(
        max_body_memory,
        spool_directory,
        (error) => this.spoolFailed(error),
        () => this.listener.drained(),
      );
    }
    const changers = this.participants.filter(
      ({ changesHeaders, takesPart }) => changesHeaders && takesPart,
    );
    if (kept || changers.length > 1) this.headers = [];
    return used;
  }

  /** @returns whether the mail may have so many headers */
  private noteHeader(arrived: Packet, size: number): boolean {
    this.headerCount += 1;
    this.headerBytes += size - PACKET_HEAD;
    if (
      this.headerCount > this.settings.max_headers ||
      this.headerBytes > this.settings.max_header_bytes
    ) {
      this.cancel(TEMPFAIL);
      return false;
    }
    const header = this.headers && parseHeader(arrived.data);
    if (header) this.headers!.push(header);
    return true;
  }

  private askStage(index: number, bytes: Buffer, done: MessageDone): void {
    const stage = this.stages![index];
    if (stage === undefined || this.late) {
      const missed = this.stages!.slice(index).flat();
      this.answers.push(...missed.flatMap((each) => each.missOut(OUT_OF_TIME) ?? []));
      this.finish(merge(this.answers), done);
      return;
    }
    const modifications: (readonly Packet[])[] = [];
    const answers: (Answer | undefined)[] = [];
    let waiting = stage.length;
    stage.forEach((participant, place) => {
      participant.ask(
        COMMANDS.endOfMessage,
        this.macros.get(SMFIC.BODYEOB),
        bytes,
        (answer, changed) => {
          answers[place] = answer ?? participant.contentAnswer;
          modifications[place] = changed;
          waiting -= 1;
          if (waiting === 0) this.stageAnswered(index, answers, modifications, done);
        },
      );
    });
  }

  private stageAnswered(
    index: number,
    answers: readonly (Answer | undefined)[],
    modifications: readonly (readonly Packet[])[],
    done: MessageDone,
  ): void {
    if (this.over) return;
    if (this.verdict) {
      this.finish(this.verdict, done);
      return;
    }
    const stage = this.stages![index]!;
    this.answers.push(...answers.filter((answer) => answer !== undefined));
    const answer = merge(this.answers);
    if (isRefusal(answer)) {
      for (const later of this.stages!.slice(index + 1).flat()) later.abort();
      this.finish(answer, done);
      return;
    }
    for (const [place, participant] of stage.entries()) {
      if (modifications[place]!.length > 0)
        this.listener.modified(participant, modifications[place]!);
    }
    const taking = this.changes!.takeStage(
      stage.map((participant, place) => ({
        modifications: modifications[place]!,
        keepsLeadingSpace: participant.keepsLeadingSpace,
      })),
    );
    inTurns(
      taking,
      () => {
        if (this.over) return;
        if (!this.verdict) this.show(index);
        if (this.verdict) this.finish(this.verdict, done);
        else if (this.stages![index + 1] && !this.late)
          this.replay(index + 1, done).catch((error: unknown) => this.listener.faulted(error));
        else this.askStage(index + 1, END_OF_MESSAGE, done);
      },
      this.guard,
    );
  }

  /** Gives the message as it is by now to the next stage. */
  private async replay(index: number, done: MessageDone): Promise<void> {
    const message = this.changed();
    try {
      await this.replaying.give(
        this.stages![index]!,
        message,
        () => this.over,
        () => new Promise<void>((resolve) => (this.room = resolve)),
      );
    } catch (error) {
      this.spoolFailed(error);
    }
    if (this.over) return;
    if (this.verdict) this.finish(this.verdict, done);
    else this.askStage(index, END_OF_MESSAGE, done);
  }

  /** As it is by now; what comes later does not change it. */
  private changed(): Changed {
    return {
      headers: this.changes!.currentHeaders().map(({ name, value }) => ({ name, value })),
      body: this.changes!.replacedBody() ?? this.body!.read(),
    };
  }

  /** Shows the message to the shadows between the stage that has answered and the next, as it is between them. */
  private show(index: number): void {
    const stageOf = (at: number): number =>
      this.stages![at]?.[0]?.milter.settings.stage ?? Infinity;
    for (const shadow of this.later) {
      const { stage } = shadow.participant.milter.settings;
      if (stage <= stageOf(index) || stage > stageOf(index + 1)) continue;
      const message = this.changed();
      if (shadow.watch((participant) => this.showTo(participant, message))) this.showings += 1;
    }
  }

  private async showTo(participant: Participant, message: Changed): Promise<void> {
    try {
      await this.replaying.give(
        [participant],
        message,
        () => !participant.takesPart,
        () => sleep(SHADOW_PAUSE),
      );
      await new Promise<void>((resolve) =>
        participant.ask(COMMANDS.endOfMessage, this.macros.get(SMFIC.BODYEOB), END_OF_MESSAGE, () =>
          resolve(),
        ),
      );
    } catch {
      // It misses the rest, and nobody else does.
      participant.abort();
    }
    this.showings -= 1;
    if (this.over && this.showings === 0) this.body?.close();
  }

  private finish(answer: Answer, done: MessageDone): void {
    // Who would not have been asked any more is not shown it.
    if (isRefusal(answer)) for (const shadow of this.later) shadow.abort();
    const changes = isRefusal(answer) ? [] : (this.changes?.forMta() ?? []);
    this.release();
    done(answer, changes);
  }

  private release(): void {
    this.over = true;
    this.budget.close();
    if (this.showings === 0) this.body?.close();
    this.room?.();
  }

  private outOfTime(): void {
    this.late = true;
    for (const participant of this.participants) if (!this.over) participant.giveUp(OUT_OF_TIME);
  }

  private spoolFailed(error: unknown): void {
    this.listener.spoolFailed(error);
    // What is kept for shadows alone costs nobody else the mail.
    if (this.stages!.length <= 1) {
      for (const shadow of this.later) shadow.abort();
      this.later = [];
      return;
    }
    // The children are at the next mail by now.
    if (this.over) return;
    this.verdict = TEMPFAIL;
    for (const participant of this.participants) participant.abort();
    this.listener.drained();
  }
}

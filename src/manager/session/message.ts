/**
 * One mail's content on its way through the stages of children. The first stage gets it as it
 * arrives; where others follow, it is kept, and each gets it with the changes of the one before.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SMFIC, SMFIP } from '../../protocol/constants.ts';
import { headerPacket, parseHeader, type Header } from '../../protocol/headers.ts';
import type { Negotiation } from '../../protocol/negotiation.ts';
import {
  packetPieces,
  PACKET_HEAD,
  PacketReader,
  sizeOf,
  wholePacket,
  type Packet,
  type Pieces,
} from '../../protocol/packet-reader.ts';
import { packet } from '../../protocol/packet-writer.ts';
import { BodyStore } from './body-store.ts';
import { Changes, withoutLeadingSpace } from '../merge/changes.ts';
import { COMMANDS, type CommandRules } from './commands.ts';
import type { ManagerSettings } from '../../manager-config/config.ts';
import { Deadline } from '../child/deadline.ts';
import { Guard } from './guard.ts';
import type { Participant } from '../child/participant.ts';
import { inTurns, Turn } from '../merge/turn.ts';
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

const END_OF_HEADER = packet(SMFIC.EOH);
const END_OF_MESSAGE = packet(SMFIC.BODYEOB);
const OUT_OF_TIME = 'the time for the message is over';

export class Message {
  readonly began = performance.now();
  /** Its verdict, once it has one before the end of its content. */
  verdict: Answer | undefined;
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

  constructor(
    private readonly participants: readonly Participant[],
    private readonly settings: ManagerSettings,
    private readonly agreed: Negotiation,
    private readonly listener: MessageListener,
  ) {
    this.budget = new Deadline(this.guard.wrap(() => this.outOfTime()));
  }

  /** Takes a header, the end of headers or a body packet: passes it to the first stage and keeps it for the others. */
  content(rules: CommandRules, macros: Buffer | undefined, arrived: Packet): void {
    if (this.verdict) return;
    const stages = (this.stages ??= this.begin());
    const bytes = packetPieces(arrived);
    if (rules === COMMANDS.header && !this.noteHeader(arrived, sizeOf(bytes))) return;
    if (macros) this.macros.set(rules.command, macros);
    if (rules === COMMANDS.body) this.body?.append(bytes);
    if (stages.length > 0) this.feed(stages[0]!, rules, macros, bytes);
  }

  /** Takes the end of the message: `done` comes once, when the last stage has answered. */
  end(macros: Buffer | undefined, arrived: Packet, done: MessageDone): void {
    if (this.verdict) {
      this.finish(this.verdict, done);
      return;
    }
    this.stages ??= this.begin();
    if (macros) this.macros.set(SMFIC.BODYEOB, macros);
    if (this.body && arrived.data.length > 0) this.body.append(packet(SMFIC.BODY, arrived.data));
    this.budget.set(this.settings.message_timeout * 1000);
    const keepsSpace = (this.agreed.steps & SMFIP.HDR_LEADSPC) !== 0;
    this.changes = new Changes(this.headers, this.agreed.actions, keepsSpace);
    this.askStage(0, wholePacket(arrived), done);
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
    else if (later.length === 0) this.verdict = ACCEPT;
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
    if (used.length > 1) {
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
    if (used.length > 1 || changers.length > 1) this.headers = [];
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

  private feed(
    stage: readonly Participant[],
    rules: CommandRules,
    macros: Buffer | undefined,
    bytes: Pieces,
  ): void {
    const spaced = rules === COMMANDS.header && (this.agreed.steps & SMFIP.HDR_LEADSPC) !== 0;
    for (const participant of stage) {
      const strip = spaced && !participant.keepsLeadingSpace;
      participant.feed(rules, macros, strip ? withoutLeadingSpace(bytes) : bytes);
    }
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
    const stage = this.stages![index]!;
    const turn = new Turn();
    for (const header of this.changes!.currentHeaders()) {
      if (turn.step()) {
        await nextTurn();
        if (this.over) return;
        turn.begin();
      }
      this.feed(
        stage,
        COMMANDS.header,
        this.macros.get(SMFIC.HEADER),
        headerPacket(SMFIC.HEADER, header),
      );
    }
    this.feed(stage, COMMANDS.endOfHeader, this.macros.get(SMFIC.EOH), END_OF_HEADER);
    try {
      await this.replayBody(stage);
    } catch (error) {
      this.spoolFailed(error);
    }
    if (this.over) return;
    if (this.verdict) this.finish(this.verdict, done);
    else this.askStage(index, END_OF_MESSAGE, done);
  }

  private async replayBody(stage: readonly Participant[]): Promise<void> {
    const reader = new PacketReader(this.settings.max_packet_size);
    const source = this.changes!.replacedBody() ?? this.body!.read();
    for await (const piece of source) {
      for (const each of reader.push(piece)) {
        this.feed(stage, COMMANDS.body, this.macros.get(SMFIC.BODY), packetPieces(each));
      }
      while (!this.over && stage.some(({ backlog }) => backlog > this.settings.max_queue)) {
        await new Promise<void>((resolve) => (this.room = resolve));
      }
      if (this.over) return;
    }
  }

  private finish(answer: Answer, done: MessageDone): void {
    const changes = isRefusal(answer) ? [] : (this.changes?.forMta() ?? []);
    this.release();
    done(answer, changes);
  }

  private release(): void {
    this.over = true;
    this.budget.close();
    this.body?.close();
    this.room?.();
  }

  private outOfTime(): void {
    this.late = true;
    for (const participant of this.participants) if (!this.over) participant.giveUp(OUT_OF_TIME);
  }

  private spoolFailed(error: unknown): void {
    this.listener.spoolFailed(error);
    // The children are at the next mail by now.
    if (this.over) return;
    this.verdict = TEMPFAIL;
    for (const participant of this.participants) participant.abort();
    this.listener.drained();
  }
}

/**
 * One child's connection within one session: sends commands in order, pairs replies with them, watches the clock.
 * It knows the protocol but none of the rules: what a failure or a refusal means is decided by its participant.
 */
import { SMFIC, SMFIP, SMFIR } from '../../protocol/constants.ts';
import { decodeNegotiation, type Negotiation } from '../../protocol/negotiation.ts';
import {
  PacketLengthError,
  PacketReader,
  sizeOf,
  type Packet,
  type Pieces,
} from '../../protocol/packet-reader.ts';
import { packet } from '../../protocol/packet-writer.ts';
import { ChildConnection, type Connect } from './child-connection.ts';
import { CommandQueue, type Command, type Habit } from './command-queue.ts';
import { Deadline } from './deadline.ts';
import { describeReply, type Failure } from './failure.ts';
import { Guard } from '../session/guard.ts';
import { isWellFormed } from '../gate/modification-layout.ts';
import { isModification, Modifications } from '../merge/modifications.ts';
import type { ChildListener, Done, Limits } from './reply.ts';
import { CONTINUE, readAnswer, type Answer } from '../merge/verdict.ts';

/** Replies are short, but a body that replaces another comes in packets of 64 KB, and headers may be long. */
const MAX_REPLY_LENGTH = 16 * 1024 * 1024;

/** Milliseconds: a connection that fails in less has let nobody wait. */
const AT_ONCE = 1000;

const ABORT = packet(SMFIC.ABORT);
const QUIT = packet(SMFIC.QUIT);
const QUIT_NC = packet(SMFIC.QUIT_NC);

export class Child {
  private readonly reader = new PacketReader(MAX_REPLY_LENGTH, true);
  private readonly connection: ChildConnection;
  private offer: Buffer | undefined;
  private readonly deadline: Deadline;
  private readonly commands: CommandQueue;
  private readonly modifications: Modifications;
  private negotiated: ((result: Negotiation | Failure) => void) | undefined;
  private state: 'connecting' | 'negotiating' | 'open' | 'resting' | 'over' = 'connecting';
  private agreed: Negotiation | undefined;
  /** The last it was sent is the end of a message, to which it answered SMFIR_CONTINUE. */
  private continued = false;
  /** It has not been told yet that the session before is over. */
  private owesQuit = false;
  /** It rested, and has not said anything since. */
  private stale = false;

  /** @param pipelining content is sent without waiting for the replies to earlier content */
  constructor(
    connect: Connect,
    private readonly limits: Limits,
    pipelining: boolean,
    habit: Habit,
    private listener: ChildListener,
  ) {
    this.modifications = new Modifications(limits.modifications);
    this.commands = new CommandQueue(pipelining, habit);
    const guard = new Guard((error) => this.fault(error));
    this.deadline = new Deadline(guard.wrap(() => this.timedOut()));
    this.deadline.set(limits.connection);
    const ears = {
      connected: () => this.connected(),
      received: (chunk: Buffer) => this.receive(chunk),
      drained: () => this.drained(),
      failed: (failure: Failure) => this.fail(failure),
    };
    this.connection = new ChildConnection(connect, ears, guard);
  }

  /** Offers our side of the protocol; `done` is called once, with what the child agreed to or how it failed. */
  negotiate(offer: Buffer, done: (result: Negotiation | Failure) => void): void {
    this.negotiated = done;
    this.offer = offer;
  }

  /** Sends a command and calls `done` with the reply; at once where the child does not answer it. */
  ask(letter: number, bytes: Buffer, unanswered: boolean, done: Done): void {
    this.enqueue(letter, bytes, unanswered, unanswered ? undefined : done);
    if (unanswered) done({ answer: CONTINUE, modifications: [] });
  }

  /** Sends content, or macros for the next command: only an answer that ends the message is reported. */
  feed(letter: number, bytes: Pieces, unanswered: boolean): void {
    this.enqueue(letter, bytes, unanswered);
  }

  /** Ends the message: what is queued is dropped, replies still under way are ignored; who awaits one is let go. */
  abort(): void {
    const awaited = this.commands.abandon();
    this.feed(SMFIC.ABORT, ABORT, true);
    for (const { done } of awaited) done!({ answer: CONTINUE, modifications: [] });
  }

  /** Drops commands of one letter not yet sent (SMFIR_SKIP). */
  drop(letter: number): void {
    this.commands.drop((each) => each === letter);
  }

  /** Ends the connection in good order: QUIT is written out before it closes. */
  quit(): void {
    if (this.state === 'over') return;
    if (this.state !== 'connecting') this.connection.push(QUIT);
    this.connection.close();
    this.stop();
  }

  /**
   * Whether SMFIC_QUIT_NC would be understood. libmilter takes it for nothing, and leaves the SMFIC_CONNECT after it
   * without a reply, unless what came before is the end of a message that it has answered SMFIR_CONTINUE; and what
   * comes next must be SMFIC_CONNECT.
   */
  get mayServeAnother(): boolean {
    const wantsConnect = ((this.agreed?.steps ?? 0) & SMFIP.NOCONNECT) === 0;
    return this.state === 'open' && this.continued && wantsConnect && this.backlog === 0;
  }

  /**
   * Waits so many milliseconds for another session. SMFIC_QUIT_NC goes out with its first command, in one write; where
   * none comes, it is SMFIC_QUIT.
   */
  rest(patience: number, gone: () => void): void {
    this.owesQuit = true;
    this.state = 'resting';
    // Nothing is to be told of it but that it is no more.
    const deaf = () => {};
    const faulted = (error: unknown): void => {
      gone();
      process.emitWarning(error instanceof Error ? error : String(error));
    };
    this.listener = { progressed: deaf, drained: deaf, skipped: deaf, spoke: gone, faulted };
    this.deadline.set(patience);
  }

  /** Begins another session with what was agreed when it was connected to. */
  wake(listener: ChildListener): Negotiation {
    this.state = 'open';
    this.listener = listener;
    this.stale = true;
    this.deadline.clear();
    return this.agreed!;
  }

  /** It rested and went away before it answered anything: no fault, only a connection too old. */
  get wentAwayResting(): boolean {
    return this.state === 'over' && this.stale;
  }

  /** Its connection has ended. */
  get isOver(): boolean {
    return this.state === 'over';
  }

  /** It may have more to say to a message that it has decided: nothing else is to be asked on this connection. */
  get mayStray(): boolean {
    return this.commands.mayStray;
  }

  /** Gives the child up, as if the time for its reply were over. */
  giveUp(reason: string): void {
    this.fail({ kind: 'timeout', reason });
  }

  /** It has been asked something, and not answered. */
  get owesReply(): boolean {
    return this.agreed === undefined || this.commands.unanswered !== undefined;
  }

  /** Bytes that it has not taken yet. */
  get backlog(): number {
    return this.commands.bytes + this.connection.unwritten;
  }

  private enqueue(letter: number, bytes: Pieces, unanswered: boolean, done?: Done): void {
    if (this.state === 'over') return;
    const size = sizeOf(bytes);
    const command = { letter, bytes, size, unanswered, done, abandoned: false };
    if (this.commands.admit(command)) this.send(command);
  }

  private pump(): void {
    if (!this.commands.waits) return;
    for (let next = this.commands.next(); next !== undefined; next = this.commands.next())
      this.send(next);
    this.listener.drained();
  }

  private send(command: Command): void {
    if (this.owesQuit) this.connection.push(QUIT_NC);
    this.owesQuit = false;
    this.connection.push(command.bytes);
    this.continued = false;
    const idle = this.commands.unanswered === undefined;
    if (command.unanswered) {
      if (idle) this.deadline.set(this.limits.writing);
      return;
    }
    this.commands.expectReply(command);
    if (idle) this.deadline.set(this.timeoutOf(command));
  }

  private timeoutOf(command: Command): number {
    return command.letter === SMFIC.BODYEOB ? this.limits.endOfMessage : this.limits.reading;
  }

  private connected(): void {
    this.state = 'negotiating';
    this.connection.push(this.offer!);
    this.deadline.set(this.limits.reading);
  }

  private receive(chunk: Buffer): void {
    try {
      this.readAll(this.reader.push(chunk));
    } catch (error) {
      if (!(error instanceof PacketLengthError)) throw error;
      this.readAll(error.complete);
      this.fail({ kind: 'garbage', reason: error.message });
    }
    if (this.state !== 'open') return;
    this.watchReply();
    this.pump();
  }

  private readAll(packets: readonly Packet[]): void {
    this.stale = false;
    for (const each of packets) {
      if (this.state === 'over') return;
      if (this.state === 'negotiating') this.readNegotiation(each);
      else this.read(each);
    }
  }

  /** The clock of the next reply, once for all that came in one chunk. */
  private watchReply(): void {
    const next = this.commands.unanswered;
    if (next === undefined) this.deadline.clear();
    else this.deadline.set(this.timeoutOf(next));
  }

  private readNegotiation(reply: Packet): void {
    const result = reply.command === SMFIC.OPTNEG ? decodeNegotiation(reply.data) : undefined;
    if (result === undefined) {
      this.fail({ kind: 'garbage', reason: `negotiated with ${describeReply(reply)}` });
      return;
    }
    this.state = 'open';
    this.agreed = result;
    this.deadline.clear();
    const done = this.negotiated;
    this.negotiated = undefined;
    done?.(result);
  }

  private read(reply: Packet): void {
    const command = this.commands.unanswered;
    if (command === undefined) {
      const isAnswer = reply.command !== SMFIR.PROGRESS && !isModification(reply);
      if (this.commands.isStray(isAnswer)) return;
      this.fail({ kind: 'garbage', reason: `said ${describeReply(reply)} without being asked` });
      return;
    }
    if (reply.command === SMFIR.PROGRESS) {
      if (command.letter === SMFIC.BODYEOB && !command.abandoned) this.listener.progressed();
      return;
    }
    if (isModification(reply) && command.letter === SMFIC.BODYEOB) {
      if (!isWellFormed(reply)) {
        this.fail({ kind: 'garbage', reason: `wants ${describeReply(reply)}, changed: malformed` });
        return;
      }
      const beyond = command.abandoned ? undefined : this.modifications.keep(reply);
      if (beyond) this.fail({ kind: 'garbage', reason: `wants more changed than ${beyond}` });
      return;
    }
    const answer = readAnswer(reply);
    if (answer === undefined) {
      this.fail({ kind: 'garbage', reason: `answered ${describeReply(reply)}` });
      return;
    }
    this.settle(command, answer);
  }

  private settle(command: Command, answer: Answer): void {
    const final = answer.status !== 'continue' && answer.status !== 'skip';
    const cutOff = this.commands.answered(final);
    const modifications = this.modifications.take();
    if (command.abandoned) return;
    this.continued = command.letter === SMFIC.BODYEOB && answer.status === 'continue';
    const skips = answer.status === 'skip';
    if (skips) this.listener.skipped(command.letter);
    const done = command.done ?? cutOff?.done;
    if (done) done({ answer: skips ? CONTINUE : answer, modifications });
    else if (final) this.listener.spoke({ answer, modifications });
  }

  private drained(): void {
    if (this.state === 'open' && this.commands.unanswered === undefined) this.deadline.clear();
    this.listener.drained();
  }

  private timedOut(): void {
    if (this.state === 'connecting') {
      this.fail({ kind: 'unreachable', reason: 'connection timed out' });
    } else if (this.state === 'resting') {
      this.listener.spoke({ failure: { kind: 'closed', reason: 'no session followed' } });
      this.quit();
    } else if (this.commands.unanswered === undefined && this.negotiated === undefined) {
      // Nothing to answer: only bytes that the kernel still refuses are a fault.
      if (this.connection.unwritten > 0) this.fail({ kind: 'timeout', reason: 'does not read' });
    } else {
      this.fail({ kind: 'timeout', reason: 'no answer in time' });
    }
  }

  private fail(why: Failure): void {
    if (this.state === 'over') return;
    if (why.kind !== 'closed') this.stale = false;
    const late = this.state === 'connecting' && this.deadline.elapsed > AT_ONCE;
    const costTime = why.kind === 'timeout' || (late && why.kind === 'unreachable');
    const failure = costTime ? { ...why, costTime } : why;
    const { negotiated } = this;
    const commands = this.stop();
    this.connection.destroy();
    negotiated?.(failure);
    const asked = commands.filter(({ done }) => done !== undefined);
    for (const { done } of asked) done!({ failure });
    if (asked.length === 0 && !negotiated) this.listener.spoke({ failure });
  }

  /** A fault of ours: nobody knows what it left of the dialogue. */
  private fault(error: unknown): void {
    this.stop();
    this.connection.destroy();
    this.listener.faulted(error);
  }

  /** Ends everything; gives what was not answered. */
  private stop(): readonly Command[] {
    this.state = 'over';
    this.deadline.close();
    this.negotiated = undefined;
    return this.commands.close();
  }
}

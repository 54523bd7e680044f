/** The MTA's connection: packets in, one at a time as the session is ready for them; replies out. */
import type { Socket } from 'node:net';
import { PacketLengthError, PacketReader, type Packet } from '../../protocol/packet-reader.ts';
import type { Guard } from '../session/guard.ts';
import { Turn } from '../merge/turn.ts';
import { Outbox } from './outbox.ts';

/** More packets than this, arrived at once, are dealt with turn by turn. */
const MANY = 64;

export interface MtaListener {
  /** @returns whether the next packet may follow at once; otherwise {@link MtaLink.next} is called later */
  received(packet: Packet): boolean;
  /** The connection is over, for whatever reason. */
  closed(reason: string | undefined): void;
}

export class MtaLink {
  private readonly reader: PacketReader;
  private readonly outbox: Outbox;
  private waiting: Packet[] = [];
  private at = 0;
  private ready = true;
  private delivering = false;
  private held = false;
  private over = false;

  constructor(
    private readonly socket: Socket,
    maximum: number,
    private readonly listener: MtaListener,
    private readonly guard: Guard,
  ) {
    this.reader = new PacketReader(maximum);
    this.outbox = new Outbox(socket);
    socket.on(
      'data',
      guard.wrap((chunk: Buffer) => this.receive(chunk)),
    );
    socket.on(
      'error',
      guard.wrap((error: Error) => this.end(error.message)),
    );
    socket.on(
      'close',
      guard.wrap(() => this.end(undefined)),
    );
  }

  send(packet: Buffer): void {
    this.outbox.push(packet);
  }

  /** The MTA has been given all that was sent: nothing of it is kept here. */
  get isEmpty(): boolean {
    return this.outbox.unwritten === 0;
  }

  /** The packet at hand is dealt with. */
  next(): void {
    this.ready = true;
    this.deliver();
  }

  /** Reads no more until {@link resume}: children lag behind. */
  hold(): void {
    if (this.held) return;
    this.held = true;
    this.socket.pause();
  }

  get isHeld(): boolean {
    return this.held;
  }

  resume(): void {
    if (!this.held) return;
    this.held = false;
    if (this.waiting.length === 0) this.socket.resume();
    this.deliver();
  }

  /** Writes out what is left and closes. */
  close(): void {
    if (this.over) return;
    this.over = true;
    this.outbox.close();
    this.listener.closed(undefined);
  }

  private receive(chunk: Buffer): void {
    if (this.over) return;
    try {
      const packets = this.reader.push(chunk);
      if (this.waiting.length === 0) this.waiting = packets;
      else this.waiting.push(...packets);
    } catch (error) {
      if (!(error instanceof PacketLengthError)) throw error;
      this.socket.destroy();
      this.end(error.message);
      return;
    }
    this.deliver();
  }

  private deliver(): void {
    // A command that is dealt with at once comes back here: the loop below goes on with the next.
    if (this.delivering) return;
    this.delivering = true;
    const turn = this.waiting.length - this.at > MANY ? new Turn() : undefined;
    while (this.ready && !this.held && !this.over && this.at < this.waiting.length) {
      if (turn?.step()) {
        setImmediate(this.guard.wrap(() => this.deliver()));
        break;
      }
      this.ready = false;
      const packet = this.waiting[this.at]!;
      this.at += 1;
      if (this.listener.received(packet)) this.ready = true;
    }
    this.delivering = false;
    if (this.at === this.waiting.length) {
      this.waiting = [];
      this.at = 0;
      if (!this.held && this.socket.isPaused()) this.socket.resume();
    } else if (!this.socket.isPaused()) {
      this.socket.pause();
    }
  }

  private end(reason: string | undefined): void {
    if (this.over) return;
    this.over = true;
    this.listener.closed(reason);
  }
}

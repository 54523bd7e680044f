/** One end of a connection in a scenario: what it hears is kept until the dialogue asks for it. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

let cuts = 0;

/** How long anybody waits for a packet that the dialogue expects. */
const PATIENCE = 4000;

export class Party {
  readonly heard: Buffer[] = [];
  private pending = Buffer.alloc(0);
  private ended = false;
  private wake: (() => void) | undefined;
  private saying: Promise<void> | undefined;

  constructor(
    readonly name: string,
    private readonly socket: Socket,
    /** Answers by itself; what it answers to is not kept. */
    private readonly reflex?: (packet: Buffer) => Buffer | undefined | false,
    /** Says everything in two pieces, each time cut elsewhere. */
    private readonly stammers = false,
  ) {
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', () => this.end());
    socket.on('close', () => this.end());
    socket.on('end', () => this.end());
  }

  say(bytes: Buffer): void {
    if (this.stammers) this.saying = this.stammer(bytes, this.saying);
    else this.socket.write(bytes);
  }

  close(): void {
    void this.said(() => this.socket.destroy());
  }

  halfClose(): void {
    void this.said(() => this.socket.end());
  }

  private async said(then: () => void): Promise<void> {
    if (this.saying) await this.saying;
    then();
  }

  private async stammer(bytes: Buffer, before: Promise<void> | undefined): Promise<void> {
    await before;
    cuts += 1;
    const cut = 1 + (cuts % Math.max(1, bytes.length - 1));
    this.socket.write(bytes.subarray(0, cut));
    await sleep(1);
    if (cut < bytes.length) this.socket.write(bytes.subarray(cut));
  }

  /** The next packet; undefined at the end of the connection. */
  async hear(): Promise<Buffer | undefined> {
    const until = performance.now() + PATIENCE;
    while (this.heard.length === 0 && !this.ended) {
      const left = until - performance.now();
      if (left <= 0) throw new Error(`${this.name} heard nothing for ${PATIENCE} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.heard.shift();
  }

  private receive(chunk: Buffer): void {
    this.pending = Buffer.concat([this.pending, chunk]);
    while (this.pending.length >= 4) {
      const end = 4 + this.pending.readUInt32BE(0);
      if (this.pending.length < end) break;
      const packet = this.pending.subarray(0, end);
      this.pending = this.pending.subarray(end);
      const answer = this.reflex?.(packet);
      if (answer) this.say(answer);
      else if (answer === undefined) this.heard.push(packet);
    }
    this.wake?.();
  }

  private end(): void {
    this.ended = true;
    this.wake?.();
  }
}

/** The MTA's end of a milter connection: cuts what it says anywhere, and looks at every packet that it hears. */
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { objection, type Asks, type Event, type Outcome } from './postfix.ts';

const PATIENCE = 5000;

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  ...{ c: 'go on', a: 'accepted', d: 'discarded', r: 'refused', t: 'refused', y: 'refused' },
  '4': 'refused',
};

const MAIL_EVENTS = 'MRTLNBE';
/** SMFIP_NOx and SMFIP_NR_x of each command. */
const STEPS: Readonly<Record<Event, readonly [number, number]>> = {
  C: [0x1, 0x1000],
  H: [0x2, 0x2000],
  M: [0x4, 0x4000],
  R: [0x8, 0x8000],
  B: [0x10, 0x80000],
  L: [0x20, 0x80],
  N: [0x40, 0x40000],
  U: [0x100, 0x20000],
  T: [0x200, 0x10000],
  E: [0, 0],
};

export function framed(text: string | Buffer): Buffer {
  const body = Buffer.isBuffer(text) ? text : Buffer.from(text, 'latin1');
  const packet = Buffer.alloc(4 + body.length);
  packet.writeUInt32BE(body.length);
  body.copy(packet, 4);
  return packet;
}

export class Wire implements Asks {
  private readonly socket: Socket;
  private heard: Buffer[] = [];
  private pending = Buffer.alloc(0);
  private wake: (() => void) | undefined;
  private ended = false;
  private cuts = 0;
  private actions = 0;
  private steps = 0;
  private afterMail = false;

  /** @param pieces sizes, in turn, of the pieces in which it speaks */
  constructor(
    path: string,
    private readonly pieces: readonly number[],
  ) {
    this.socket = connect(path);
    this.socket.on('data', (chunk: Buffer) => this.receive(chunk));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.ended = true;
      this.wake?.();
    });
  }

  /** @param offered steps */
  async negotiate(offered: number): Promise<void> {
    const offer = Buffer.from('4f00000006000001ff00000000', 'hex');
    offer.writeUInt32BE(offered, 9);
    await this.say(framed(offer));
    const answer = await this.hear();
    if (answer[0] !== 0x4f) throw new Error('does not negotiate');
    this.actions = answer.readUInt32BE(5);
    this.steps = answer.readUInt32BE(9);
  }

  async ask(event: Event, data: string): Promise<Outcome> {
    const [unwanted, unanswered] = STEPS[event];
    if (MAIL_EVENTS.includes(event)) this.afterMail = true;
    if ((this.steps & unwanted) !== 0) return 'go on';
    if (this.heard.length > 0) throw new Error(`before ${event}: ${show(this.heard[0]!)} unasked`);
    await this.say(framed(event + data));
    if ((this.steps & unanswered) !== 0) return 'go on';
    let body = false;
    let bodyDone = false;
    for (;;) {
      const reply = await this.hear();
      const { actions, afterMail } = this;
      const why = objection(event, reply, { actions, afterMail, bodyDone });
      if (why !== undefined) throw new Error(`${show(reply)} after ${event} ${why}`);
      const letter = reply.toString('latin1', 0, 1);
      const outcome = OUTCOMES[letter];
      if (outcome) return outcome;
      bodyDone ||= body && letter !== 'b';
      body ||= letter === 'b';
    }
  }

  async tell(letter: string): Promise<void> {
    await this.say(framed(letter));
  }

  /** @throws where more was said than asked for */
  async close(): Promise<void> {
    await turn();
    this.socket.destroy();
    if (this.heard.length > 0) throw new Error(`at the end: ${show(this.heard[0]!)} unasked`);
  }

  private async say(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const size = this.pieces[this.cuts++ % this.pieces.length]!;
      this.socket.write(bytes.subarray(at, at + size));
      at += size;
      if (at < bytes.length) await turn();
    }
  }

  private async hear(): Promise<Buffer> {
    const until = performance.now() + PATIENCE;
    while (this.heard.length === 0) {
      if (this.ended) throw new Error('the milter has closed');
      const left = until - performance.now();
      if (left < 0) throw new Error('no reply');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.heard.shift()!;
  }

  private receive(chunk: Buffer): void {
    this.pending = Buffer.concat([this.pending, chunk]);
    while (this.pending.length >= 4 && this.pending.length >= 4 + this.pending.readUInt32BE(0)) {
      const end = 4 + this.pending.readUInt32BE(0);
      this.heard.push(this.pending.subarray(4, end));
      this.pending = this.pending.subarray(end);
    }
    this.wake?.();
  }
}

function show(packet: Buffer): string {
  return JSON.stringify(packet.toString('latin1', 0, 80));
}

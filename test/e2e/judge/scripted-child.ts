/** Children that say what a script tells them, and keep what they hear. */
import { createServer, type Server, type Socket } from 'node:net';
import { SMFIC, SMFIP } from '../../../src/protocol/constants.ts';
import { decodeNegotiation, encodeNegotiation } from '../../../src/protocol/negotiation.ts';

/** Packets without their length, one character a byte; {@link CLOSE} and {@link EMPTY} are none. */
export type Words = readonly string[];

/** Goes away without a word. */
export const CLOSE = '!';
/** A packet of length 0, which no milter sends. */
export const EMPTY = '';

/** The `nth` time (from 0) that it hears a letter in a session it says this; otherwise it lets things go on. */
export interface Line {
  readonly letter: string;
  readonly nth: number;
  readonly words: Words;
}

export interface Script {
  /** Bits of SMFIP. */
  readonly steps: number;
  readonly lines: readonly Line[];
}

export const SILENT_SCRIPT: Script = { steps: 0, lines: [] };
export const ALL_ACTIONS = 0xff;

/** Letters that no milter answers. */
const UNANSWERED = 'DAQK';
const CONTENT = 'LNBE';
const NO_REPLY: Readonly<Record<string, number>> = {
  ...{ C: SMFIP.NR_CONN, H: SMFIP.NR_HELO, M: SMFIP.NR_MAIL, R: SMFIP.NR_RCPT, T: SMFIP.NR_DATA },
  ...{ L: SMFIP.NR_HDR, N: SMFIP.NR_EOH, B: SMFIP.NR_BODY, U: SMFIP.NR_UNKN },
};

/** What decides what is said in one session. */
export interface Mind {
  /** Bits of SMFIP that it agrees to. */
  readonly steps: number;
  /** @param packet letter and data */
  hear(packet: string): Words;
}

export class ScriptedMind implements Mind {
  readonly steps: number;
  readonly heard: string[] = [];
  readonly #times = new Map<string, number>();
  /** It said its last word about the mail: content that was on its way by then goes unanswered, as in libmilter. */
  #decided = false;

  constructor(private readonly script: Script) {
    this.steps = script.steps;
  }

  hear(packet: string): Words {
    this.heard.push(packet);
    const letter = packet[0]!;
    if ('MRTA'.includes(letter)) this.#decided = false;
    if (UNANSWERED.includes(letter)) return [];
    if (this.#decided && CONTENT.includes(letter)) return [];
    const nth = this.#times.get(letter) ?? 0;
    this.#times.set(letter, nth + 1);
    if ((this.steps & (NO_REPLY[letter] ?? 0)) !== 0) return [];
    const line = this.script.lines.find((each) => each.letter === letter && each.nth === nth);
    const words = line?.words ?? ['c'];
    if (CONTENT.includes(letter) && !['c', 's'].includes(words.at(-1)!)) this.#decided = true;
    return words;
  }
}

/** A socket where minds are made for each session that somebody opens. */
export class ChildSocket {
  readonly #server: Server;
  #open = 0;
  #make: () => Mind = () => new ScriptedMind(SILENT_SCRIPT);

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket, this.#make()));
  }

  static async open(path: string): Promise<ChildSocket> {
    const child = new ChildSocket();
    // Postfix's processes have given root up.
    const options = { path, readableAll: true, writableAll: true };
    await new Promise<void>((resolve) => child.#server.listen(options, resolve));
    return child;
  }

  /** From now on. */
  think(make: () => Mind): void {
    this.#make = make;
  }

  get isQuiet(): boolean {
    return this.#open === 0;
  }

  close(): void {
    this.#server.close();
  }

  #serve(socket: Socket, mind: Mind): void {
    this.#open += 1;
    let pending = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => (this.#open -= 1));
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
        const end = 4 + pending.readUInt32BE(0);
        const packet = pending.subarray(4, end);
        pending = pending.subarray(end);
        if (packet[0] === SMFIC.OPTNEG) socket.write(agreement(packet, mind));
        else say(socket, mind.hear(packet.toString('latin1')));
      }
    });
  }
}

function agreement(packet: Buffer, { steps }: Mind): Buffer {
  const offer = decodeNegotiation(packet.subarray(1))!;
  return encodeNegotiation({
    version: 6,
    actions: offer.actions & ALL_ACTIONS,
    steps: offer.steps & steps,
    macros: new Map(),
  });
}

function say(socket: Socket, words: Words): void {
  for (const word of words) {
    if (word === CLOSE) {
      socket.destroy();
      return;
    }
    const bytes = Buffer.alloc(4 + word.length);
    bytes.writeUInt32BE(word.length);
    bytes.write(word, 4, 'latin1');
    socket.write(bytes);
  }
}

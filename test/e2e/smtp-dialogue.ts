/** SMTP word by word, in bytes: what the tests of interoperation say to port 25, and what they hear. */
import { once } from 'node:events';
import net from 'node:net';
import type { BootedHost } from './host.ts';
import type { Client } from './mail.ts';

/** One reply, its lines as they came: `250-PIPELINING`. */
export interface SmtpReply {
  readonly code: number;
  readonly lines: readonly string[];
  /** The last line. */
  readonly text: string;
}

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** Longer than any timeout of a milter in these tests. */
const PATIENCE = 60_000;

export class SmtpDialogue {
  #received = '';
  #closed = false;
  #wake: (() => void) | undefined;
  readonly #socket: net.Socket;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').setNoDelay(true).setTimeout(PATIENCE);
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#wake?.();
    });
    // A reset while nobody waits is seen by the next one who does.
    for (const end of ['close', 'error', 'timeout']) {
      socket.on(end, () => {
        this.#closed = true;
        this.#wake?.();
      });
    }
  }

  /** Connects, greets, and says by XCLIENT who it is, where a client is given. */
  static async open(host: BootedHost, client?: Client, port = 25): Promise<SmtpDialogue> {
    const socket = net.connect(port, host.address);
    const dialogue = new SmtpDialogue(socket);
    await once(socket, 'connect');
    await dialogue.hear();
    const greeting = `EHLO ${client?.name ?? 'client.example'}`;
    await dialogue.say(greeting);
    if (client) {
      await dialogue.say(`XCLIENT ADDR=${client.address} NAME=${client.name}`);
      await dialogue.say(greeting);
    }
    return dialogue;
  }

  /** Sends a line and gives the reply to it. */
  async say(line: string): Promise<SmtpReply> {
    return (await this.sayAtOnce(line))[0]!;
  }

  /** Sends lines in one piece, as PIPELINING allows; one reply each. */
  async sayAtOnce(...lines: readonly string[]): Promise<readonly SmtpReply[]> {
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(''), 'latin1');
    const replies: SmtpReply[] = [];
    for (const line of lines) replies.push(await this.hear(line));
    return replies;
  }

  /** MAIL, RCPT, DATA and the message. @returns the last reply: to the message, or the first refusal */
  async send({ from, to }: Envelope, message: Buffer): Promise<SmtpReply> {
    for (const line of [`MAIL FROM:<${from}>`, ...to.map((each) => `RCPT TO:<${each}>`), 'DATA']) {
      const reply = await this.say(line);
      if (reply.code >= 400) return reply;
    }
    return this.data(message);
  }

  /** The message after a 354; dots are doubled here, and the last line is ended where it is not. */
  data(message: Buffer): Promise<SmtpReply> {
    const text = message.toString('latin1');
    const end = text.endsWith('\r\n') ? '' : '\r\n';
    this.#socket.write(`${text.replaceAll(/^\./gm, '..')}${end}.\r\n`, 'latin1');
    return this.hear('the message');
  }

  /** One BDAT command with its bytes. */
  bdat(chunk: Buffer, last: boolean): Promise<SmtpReply> {
    const command = Buffer.from(`BDAT ${chunk.length}${last ? ' LAST' : ''}\r\n`);
    this.#socket.write(Buffer.concat([command, chunk]));
    return this.hear('BDAT');
  }

  async quit(): Promise<void> {
    await this.say('QUIT');
    this.#socket.destroy();
  }

  /** Goes away without a word. */
  hangUp(): void {
    this.#socket.destroy();
  }

  /** The next reply. @throws where the server closes or stays silent */
  async hear(after = 'the connection'): Promise<SmtpReply> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r?\n)*(\d{3})(?: .*)?\r?\n/.exec(this.#received);
      if (match) {
        this.#received = this.#received.slice(match[0].length);
        const lines = match[0].trimEnd().split(/\r?\n/);
        return { code: Number(match[1]), lines, text: lines.at(-1)! };
      }
      if (this.#closed) throw new Error(`no reply to ${after}; heard ${this.#received}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

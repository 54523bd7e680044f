/** SMTP sessions as data, and a client that plays one: whatever the server answers, it goes on as a client would. */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Step =
  | { readonly kind: 'line'; readonly text: string }
  /** `early`: the content follows DATA at once, as if 354 were certain; where it is not, its lines are commands. */
  | { readonly kind: 'data'; readonly content: string; readonly early: boolean }
  | { readonly kind: 'bdat'; readonly bytes: string; readonly last: boolean };

/** What is sent in one piece, before any reply to it is read. */
export type Group = readonly Step[];

export interface SmtpSession {
  readonly groups: readonly Group[];
  /** How it ends: with QUIT, without a word, or without a word in the middle of a message. */
  readonly end: 'quit' | 'gone' | 'gone in data';
  /** Milliseconds between two groups. */
  readonly pause?: number;
}

export interface Transcript {
  /** Replies whole, the lines of each joined; what is another in every session is masked. */
  readonly replies: readonly string[];
  /** Of the mails that were taken. */
  readonly queueIds: readonly string[];
  /** The client's port. */
  readonly port: number;
}

const PATIENCE = 20_000;
const WITHOUT_A_WORD = '(closed)';

/** One character a byte, dots doubled, ended by a dot. */
function stuffed(content: string): string {
  const ended = content === '' || content.endsWith('\r\n') ? content : `${content}\r\n`;
  return `${ended.replaceAll(/(^|\n)\./g, '$1..')}.\r\n`;
}

export async function playSession(port: number, session: SmtpSession): Promise<Transcript> {
  const client = await Client.connect(port);
  try {
    await client.hear();
    for (const group of session.groups) {
      await client.say(group);
      if (session.pause !== undefined) await sleep(session.pause);
    }
    if (session.end === 'gone in data') await client.leaveInData();
    else if (session.end === 'quit') await client.say([{ kind: 'line', text: 'QUIT' }]);
  } catch (error) {
    if (!(error instanceof ServerClosed)) throw error;
    client.replies.push(WITHOUT_A_WORD);
  } finally {
    client.leave();
  }
  return {
    replies: client.replies.map((reply) => reply.replace(/(queued as )\w+/, '$1ID')),
    queueIds: client.replies.flatMap((reply) => /queued as (\w+)/.exec(reply)?.[1] ?? []),
    port: client.port,
  };
}

class ServerClosed extends Error {}

class Client {
  readonly replies: string[] = [];
  readonly port: number;
  readonly #socket: net.Socket;
  #received = '';
  #closed = false;
  #wake: (() => void) | undefined;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    this.port = socket.localPort!;
    socket.setEncoding('latin1').setNoDelay(true);
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#wake?.();
    });
    for (const end of ['close', 'error']) {
      socket.on(end, () => {
        this.#closed = true;
        this.#wake?.();
      });
    }
  }

  static async connect(port: number): Promise<Client> {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Client(socket);
  }

  leave(): void {
    this.#socket.destroy();
  }

  async say(group: Group): Promise<void> {
    this.#socket.write(group.map(bytesOf).join(''), 'latin1');
    for (const step of group) {
      const reply = await this.hear();
      if (step.kind !== 'data') continue;
      const begun = reply.startsWith('354');
      if (begun && !step.early) this.#socket.write(stuffed(step.content), 'latin1');
      if (begun) await this.hear();
      else if (step.early) await this.#hearLines(stuffed(step.content));
    }
  }

  /** Begins a message where the server lets it, and is gone. */
  async leaveInData(): Promise<void> {
    this.#socket.write('DATA\r\n');
    if ((await this.hear()).startsWith('354')) this.#socket.write('Subject: never\r\n\r\nended');
  }

  /** The next reply. */
  async hear(): Promise<string> {
    const until = performance.now() + PATIENCE;
    for (;;) {
      const match = /^(?:\d{3}-.*\r?\n)*\d{3}(?: .*)?\r?\n/.exec(this.#received);
      if (match) {
        this.#received = this.#received.slice(match[0].length);
        const reply = match[0].trimEnd().replaceAll('\r\n', ' | ');
        this.replies.push(reply);
        return reply;
      }
      if (this.#closed) throw new ServerClosed();
      const left = until - performance.now();
      if (left <= 0) throw new Error(`no reply after ${this.replies.join(' / ')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async #hearLines(content: string): Promise<void> {
    for (let line = content.split('\n').length - 1; line > 0; line -= 1) await this.hear();
  }
}

function bytesOf(step: Step): string {
  switch (step.kind) {
    case 'line':
      return `${step.text}\r\n`;
    case 'data':
      return `DATA\r\n${step.early ? stuffed(step.content) : ''}`;
    case 'bdat':
      return `BDAT ${step.bytes.length}${step.last ? ' LAST' : ''}\r\n${step.bytes}`;
  }
}

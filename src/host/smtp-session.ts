/** The client's side of one SMTP session (RFC 5321): a command, its reply, one at a time. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface SmtpReply {
  readonly code: number;
  /** All lines, their codes included, without the line ends. */
  readonly text: string;
}

/** A reply is as many lines as say `250-`, and one that says `250 `. */
const REPLY = /^(?:\d{3}-[^\n]*\n)*(\d{3})(?: [^\n]*)?\r?\n/;
const MOST_CHARACTERS = 64 * 1024;

export class SmtpSession {
  private received = '';
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  private constructor(
    private socket: Socket,
    private readonly patience: number,
  ) {
    this.listen();
  }

  private listen(): void {
    const { socket } = this;
    socket.on('data', (bytes: Buffer) => {
      this.received += bytes.toString('latin1');
      if (this.received.length > MOST_CHARACTERS) socket.destroy(new Error('its reply has no end'));
      this.wake();
    });
    socket.on('error', (error) => this.end(error));
    socket.on('close', () => this.end(new Error('it closed the connection')));
  }

  /**
   * Connects and hears the greeting.
   * @param patience milliseconds for each reply
   * @param wrapped whether TLS begins at once (RFC 8314)
   * @throws Error
   */
  static async open(
    host: string,
    port: number,
    patience: number,
    wrapped = false,
  ): Promise<{ readonly session: SmtpSession; readonly greeting: SmtpReply }> {
    const socket = wrapped
      ? connectTls({ host, port, rejectUnauthorized: false })
      : connect({ host, port });
    const session = new SmtpSession(socket, patience);
    try {
      return { session, greeting: await session.hear() };
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** Of this side, as the server sees its client. */
  get address(): string {
    return this.socket.localAddress ?? '';
  }

  /** One line, CRLF added. @throws Error where no reply comes */
  async say(line: string): Promise<SmtpReply> {
    this.socket.write(`${line}\r\n`, 'latin1');
    return await this.hear();
  }

  /** A message's content, lines of any kind of end; a leading dot is doubled. */
  async send(content: string): Promise<SmtpReply> {
    const lines = content.replace(/\r?\n$/, '').split(/\r?\n/);
    return await this.say(`${lines.map((line) => line.replace(/^\./, '..')).join('\r\n')}\r\n.`);
  }

  /** After the 220 to STARTTLS (RFC 3207). Whose certificate it is matters not: it is our own host. */
  startTls(): void {
    for (const event of ['data', 'error', 'close']) this.socket.removeAllListeners(event);
    this.received = '';
    this.socket = connectTls({ socket: this.socket, rejectUnauthorized: false });
    this.listen();
  }

  close(): void {
    this.socket.destroy();
  }

  private async hear(): Promise<SmtpReply> {
    const timer = setTimeout(
      () => this.end(new Error(`no reply within ${this.patience / 1000} seconds`)),
      this.patience,
    );
    try {
      for (;;) {
        const match = REPLY.exec(this.received);
        if (match) {
          this.received = this.received.slice(match[0].length);
          return { code: Number(match[1]), text: match[0].trimEnd().replaceAll('\r', '') };
        }
        if (this.failure) throw this.failure;
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private end(error: Error): void {
    this.failure ??= error;
    this.wake();
  }
}

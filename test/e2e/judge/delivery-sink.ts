/** Where the private Postfix delivers to: an LMTP server (RFC 2033) that takes everything and keeps it, byte for byte. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Delivery {
  readonly from: string;
  readonly to: readonly string[];
  /** One character a byte; dots are undone. */
  readonly text: string;
}

const END = '\r\n.\r\n';

export class DeliverySink {
  readonly #server: Server;
  readonly #deliveries = new Map<string, Delivery[]>();

  private constructor() {
    this.#server = createServer((socket) => new LmtpSession(socket, (mail) => this.#keep(mail)));
  }

  static async open(): Promise<DeliverySink> {
    const sink = new DeliverySink();
    await new Promise<void>((resolve) => sink.#server.listen(0, '127.0.0.1', resolve));
    return sink;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes out what was delivered of the mail that Postfix calls so. */
  take(queueId: string): readonly Delivery[] {
    const found = this.#deliveries.get(queueId) ?? [];
    this.#deliveries.delete(queueId);
    return found;
  }

  close(): void {
    this.#server.close();
  }

  #keep(mail: Delivery): void {
    // The first Received line is Postfix's own.
    const id = /^Received: [^]*?\sid (\w+)/m.exec(mail.text)?.[1] ?? '';
    this.#deliveries.set(id, [...(this.#deliveries.get(id) ?? []), mail]);
  }
}

class LmtpSession {
  #received = '';
  #inData = false;
  #from = '';
  #to: string[] = [];

  constructor(
    private readonly socket: Socket,
    private readonly delivered: (mail: Delivery) => void,
  ) {
    socket.setEncoding('latin1').setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (text: string) => {
      this.#received += text;
      while (this.#inData ? this.#content() : this.#command());
    });
    socket.write('220 sink\r\n');
  }

  #command(): boolean {
    const end = this.#received.indexOf('\r\n');
    if (end === -1) return false;
    const line = this.#received.slice(0, end);
    this.#received = this.#received.slice(end + 2);
    this.socket.write(this.#reply(line));
    return true;
  }

  #reply(line: string): string {
    const [, verb = '', rest = ''] = /^(LHLO|MAIL FROM:|RCPT TO:|DATA|QUIT)? ?(.*)/i.exec(line)!;
    switch (verb.toUpperCase()) {
      case 'LHLO':
        return '250-sink\r\n250-8BITMIME\r\n250 PIPELINING\r\n';
      case 'MAIL FROM:':
        this.#from = rest;
        this.#to = [];
        return '250 ok\r\n';
      case 'RCPT TO:':
        this.#to.push(rest);
        return '250 ok\r\n';
      case 'DATA':
        this.#inData = true;
        return '354 go on\r\n';
      case 'QUIT':
        return '221 bye\r\n';
      default:
        return '250 ok\r\n';
    }
  }

  #content(): boolean {
    const text = this.#received;
    const empty = text.startsWith('.\r\n');
    const end = empty ? 0 : text.indexOf(END);
    if (end === -1) return false;
    this.#inData = false;
    this.#received = text.slice(end + (empty ? 3 : END.length));
    const stuffed = empty ? '' : `${text.slice(0, end)}\r\n`;
    this.delivered({
      ...{ from: this.#from, to: this.#to },
      text: stuffed.replaceAll(/(^|\n)\./g, '$1'),
    });
    // LMTP: a reply for each recipient.
    this.socket.write('250 kept\r\n'.repeat(this.#to.length));
    return true;
  }
}

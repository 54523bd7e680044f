/** The socket to one child: connects, waits where the child's backlog is full, writes in good order, says how it ended. */
import type { Socket } from 'node:net';
import type { Pieces } from '../../protocol/packet-reader.ts';
import { connectionFailure, isBusy, type Failure } from './failure.ts';
import type { Guard } from '../session/guard.ts';
import { Outbox } from '../gate/outbox.ts';

/** Milliseconds between attempts to connect to a child that has too many connections waiting. */
const BUSY_PAUSE = 10;

/** Begins to connect, and passes on what arrives in memory that is written over afterwards. */
export type Connect = (received: (chunk: Buffer) => void) => Socket;

export interface ConnectionListener {
  connected(): void;
  received(chunk: Buffer): void;
  /** The kernel took all that was waiting to be written. */
  drained(): void;
  /** It is over; comes once. */
  failed(failure: Failure): void;
}

export class ChildConnection {
  private socket!: Socket;
  private outbox!: Outbox;
  private retry: NodeJS.Timeout | undefined;
  private stands = false;
  private over = false;

  constructor(
    private readonly connect: Connect,
    private readonly listener: ConnectionListener,
    private readonly guard: Guard,
  ) {
    this.open();
  }

  push(bytes: Pieces): void {
    this.outbox.push(bytes);
  }

  /** Bytes that the kernel has not taken yet. */
  get unwritten(): number {
    return this.outbox.unwritten;
  }

  /** Writes out what is left and closes. */
  close(): void {
    this.over = true;
    clearTimeout(this.retry);
    if (this.stands) this.outbox.close();
    else this.socket.destroy();
  }

  /** Closes at once. */
  destroy(): void {
    this.over = true;
    clearTimeout(this.retry);
    this.socket.destroy();
  }

  private open(): void {
    const { guard } = this;
    const socket = this.connect(guard.wrap((chunk: Buffer) => this.listener.received(chunk)));
    this.socket = socket;
    this.outbox = new Outbox(
      socket,
      guard.wrap(() => this.over || this.listener.drained()),
    );
    let again = false;
    const connected = (): void => {
      this.stands = true;
      this.listener.connected();
    };
    const failed = (error: Error): void => {
      again = !this.stands && isBusy(error);
      if (again)
        this.retry = setTimeout(
          guard.wrap(() => this.open()),
          BUSY_PAUSE,
        );
      else this.fail(connectionFailure(error, this.stands));
    };
    const closed = (): void => {
      const kind = this.stands ? 'closed' : 'unreachable';
      if (!again) this.fail({ kind, reason: 'closed the connection' });
    };
    socket.on('connect', guard.wrap(connected));
    socket.on('error', guard.wrap(failed));
    socket.on('close', guard.wrap(closed));
  }

  private fail(failure: Failure): void {
    if (this.over) return;
    this.destroy();
    this.listener.failed(failure);
  }
}

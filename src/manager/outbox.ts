/** What is to be written to one socket in this turn of the event loop: one system call for all of it. */
import type { Socket } from 'node:net';

/** Below this many bytes joining pieces by copy is cheaper than handing them to the kernel one by one. */
const JOIN_BELOW = 16 * 1024;

let waiting: Outbox[] = [];

/**
 * Collects pieces and writes them when the turn ends. Pieces that lie side by side in memory, as packets of one
 * arriving chunk do, become one piece again without a copy.
 */
export class Outbox {
  private pieces: Buffer[] = [];
  private bytes = 0;

  constructor(private readonly socket: Socket) {}

  push(piece: Buffer): void {
    if (this.pieces.length === 0) {
      if (waiting.length === 0) process.nextTick(flushAll);
      waiting.push(this);
      this.pieces.push(piece);
    } else if (!this.extendLast(piece)) {
      this.pieces.push(piece);
    }
    this.bytes += piece.length;
  }

  /** Bytes that the kernel has not taken yet. */
  get unwritten(): number {
    return this.bytes + this.socket.writableLength;
  }

  /** Writes now what was collected. */
  flush(): void {
    const { pieces, bytes, socket } = this;
    if (pieces.length === 0) return;
    this.pieces = [];
    this.bytes = 0;
    if (socket.destroyed || socket.writableEnded) return;
    if (pieces.length === 1) {
      socket.write(pieces[0]!);
    } else if (bytes < JOIN_BELOW) {
      socket.write(Buffer.concat(pieces, bytes));
    } else {
      socket.cork();
      for (const piece of pieces) socket.write(piece);
      socket.uncork();
    }
  }

  /** Writes what was collected and closes the socket once the kernel has it all. */
  close(): void {
    this.flush();
    const { socket } = this;
    if (socket.writableLength === 0) socket.destroy();
    else socket.end(() => socket.destroy());
  }

  private extendLast(piece: Buffer): boolean {
    const at = this.pieces.length - 1;
    const last = this.pieces[at]!;
    if (last.buffer !== piece.buffer || last.byteOffset + last.length !== piece.byteOffset)
      return false;
    this.pieces[at] = Buffer.from(last.buffer, last.byteOffset, last.length + piece.length);
    return true;
  }
}

function flushAll(): void {
  const boxes = waiting;
  waiting = [];
  for (const box of boxes) box.flush();
}

/** What is to be written to one socket when all that arrived is dealt with: one system call for all of it. */
import type { Socket } from 'node:net';
import type { Pieces } from '../../protocol/packet-reader.ts';

/** Below this many bytes joining pieces by copy is cheaper than handing them to the kernel one by one. */
const JOIN_BELOW = 16 * 1024;

let waiting: Outbox[] = [];

/**
 * Collects pieces and writes them when all that arrived is dealt with. Pieces that lie side by side in memory, as packets
 * of one arriving chunk do, become one piece again without a copy.
 */
export class Outbox {
  private pieces: Buffer[] = [];
  private bytes = 0;
  /** The last piece, and where the pieces end that go on where it does. */
  private last: Buffer | undefined;
  private lastEnd = 0;

  private readonly written: ((error?: Error | null) => void) | undefined;

  /** @param taken called when the kernel has all that was written; a `drain` event tells of much only */
  constructor(
    private readonly socket: Socket,
    taken?: () => void,
  ) {
    this.written = taken && ((error) => error ?? (socket.writableLength === 0 && taken()));
  }

  push(pieces: Pieces): void {
    if (Buffer.isBuffer(pieces)) this.add(pieces);
    else for (const piece of pieces) this.add(piece);
  }

  /** Bytes that the kernel has not taken yet. */
  get unwritten(): number {
    return this.bytes + this.socket.writableLength;
  }

  /** Writes now what was collected. */
  flush(): void {
    const { pieces, bytes, socket, last } = this;
    if (last === undefined) return;
    const piece = this.lastPiece(last);
    this.last = undefined;
    this.bytes = 0;
    if (pieces.length > 0) this.pieces = [];
    if (socket.destroyed || socket.writableEnded) return;
    if (pieces.length === 0) {
      socket.write(piece, this.written);
      return;
    }
    pieces.push(piece);
    if (bytes < JOIN_BELOW) {
      socket.write(Buffer.concat(pieces, bytes), this.written);
    } else {
      socket.cork();
      for (const each of joined(pieces)) socket.write(each, this.written);
      socket.uncork();
    }
  }

  /** Writes what was collected and closes the socket once the kernel has it all. */
  close(): void {
    this.flush();
    const { socket } = this;
    // Not before the stream is done with the last write, which takes it a tick: it would make an error with a trace of it.
    if (socket.writableLength === 0) process.nextTick(() => socket.destroy());
    else socket.end(() => socket.destroy());
  }

  private add(piece: Buffer): void {
    this.bytes += piece.length;
    const { last } = this;
    if (last?.buffer === piece.buffer && this.lastEnd === piece.byteOffset) {
      this.lastEnd += piece.length;
      return;
    }
    if (last) this.pieces.push(this.lastPiece(last));
    else {
      if (waiting.length === 0) setImmediate(lookAgain);
      waiting.push(this);
    }
    this.last = piece;
    this.lastEnd = piece.byteOffset + piece.length;
  }

  private lastPiece(last: Buffer): Buffer {
    const length = this.lastEnd - last.byteOffset;
    return length === last.length ? last : Buffer.from(last.buffer, last.byteOffset, length);
  }
}

/** Small neighbours become one piece: many writes of little cost more than their copies. */
function* joined(pieces: readonly Buffer[]): Generator<Buffer> {
  let small: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    if (bytes > 0 && bytes + piece.length > JOIN_BELOW) {
      yield small.length === 1 ? small[0]! : Buffer.concat(small, bytes);
      small = [];
      bytes = 0;
    }
    small.push(piece);
    bytes += piece.length;
  }
  yield small.length === 1 ? small[0]! : Buffer.concat(small, bytes);
}

/**
 * Everything that arrived is dealt with. What came in meanwhile is read as well before anything is written: who is
 * written to wakes up once, and finds all that is for it. Waiting for longer than this one look gains nothing more.
 */
function lookAgain(): void {
  setImmediate(flushAll);
}

function flushAll(): void {
  const boxes = waiting;
  waiting = [];
  for (const box of boxes) box.flush();
}

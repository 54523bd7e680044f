/** Cuts a stream of bytes into milter packets. No socket here: feed it whatever arrived. */

/** A packet: its command or reply letter and what follows it, a view into the bytes that arrived. */
export interface Packet {
  readonly command: number;
  readonly data: Buffer;
}

/** Most packets are bare letters that nobody looks into: their views are made when somebody asks. */
class ArrivedPacket implements Packet {
  readonly command: number;

  constructor(
    private readonly bytes: Buffer,
    private readonly start: number,
    private readonly end: number,
  ) {
    this.command = bytes[start + LENGTH_BYTES]!;
  }

  get data(): Buffer {
    return this.bytes.subarray(this.start + PACKET_HEAD, this.end);
  }

  get whole(): Buffer {
    return this.bytes.subarray(this.start, this.end);
  }
}

/** A large packet that came in several chunks: joined only for who looks into it. */
class SplitPacket implements Packet {
  readonly command: number;
  private joined: Buffer | undefined;

  constructor(
    readonly pieces: readonly Buffer[],
    private readonly length: number,
  ) {
    this.command = pieces[0]![LENGTH_BYTES]!;
  }

  get data(): Buffer {
    return this.whole.subarray(PACKET_HEAD);
  }

  get whole(): Buffer {
    return (this.joined ??= Buffer.concat(this.pieces, this.length));
  }
}

/** A length that no honest peer sends; the connection cannot be used any further. */
export class PacketLengthError extends Error {
  constructor(
    readonly length: number,
    maximum: number,
    /** Packets of the same chunk that were whole before the bad length: they were said and count. */
    readonly complete: readonly Packet[] = [],
  ) {
    super(
      length === 0
        ? 'packet of length 0'
        : `packet of ${length} bytes; at most ${maximum} are accepted`,
    );
  }
}

const LENGTH_BYTES = 4;

/** Bytes of a packet before its data: its length and its letter. */
export const PACKET_HEAD = LENGTH_BYTES + 1;

/** Packets of so many bytes are not worth a copy where they came in several chunks: those of bodies. */
const LEFT_IN_PIECES = 16 * 1024;

/**
 * Keeps the unfinished tail between chunks; at most one packet (`maximum` bytes) is ever held.
 * A packet is a 4-byte big-endian length, a command byte and length - 1 bytes of data.
 */
export class PacketReader {
  private pending: Buffer[] = [];
  private pendingBytes = 0;

  /**
   * @param maximum largest length field accepted, in bytes
   * @param reused the chunks' memory is written over after each push: packets hold until then ({@link keepPacket})
   */
  constructor(
    private readonly maximum: number,
    private readonly reused = false,
  ) {}

  /**
   * Takes the next bytes of the stream and returns the packets that they complete, in order.
   * @throws PacketLengthError on length 0 or above the maximum
   */
  push(chunk: Buffer): Packet[] {
    const packets: Packet[] = [];
    let bytes = chunk;
    if (this.pendingBytes > 0) {
      this.pending.push(this.kept(chunk));
      this.pendingBytes += chunk.length;
      const wanted = this.wanted();
      if (this.pendingBytes < wanted) return packets;
      if (wanted >= LEFT_IN_PIECES && !this.reused) {
        const last = this.pending.pop()!;
        const end = last.length - (this.pendingBytes - wanted);
        this.pending.push(last.subarray(0, end));
        packets.push(new SplitPacket(this.pending, wanted));
        bytes = last.subarray(end);
      } else {
        bytes = Buffer.concat(this.pending, this.pendingBytes);
      }
    }
    let at = 0;
    while (bytes.length - at >= LENGTH_BYTES) {
      const length = this.checked(bytes.readUInt32BE(at), packets);
      const end = at + LENGTH_BYTES + length;
      if (end > bytes.length) break;
      packets.push(new ArrivedPacket(bytes, at, end));
      at = end;
    }
    if (at < bytes.length) this.pending = [this.kept(bytes.subarray(at))];
    else if (this.pendingBytes > 0) this.pending = [];
    this.pendingBytes = bytes.length - at;
    return packets;
  }

  /** Bytes of an unfinished packet that wait for the rest. */
  get unfinished(): number {
    return this.pendingBytes;
  }

  /** Bytes needed before another packet can be complete: so that many small chunks are joined once. */
  private wanted(): number {
    if (this.pendingBytes < LENGTH_BYTES) return LENGTH_BYTES;
    let head = this.pending[0]!;
    if (head.length <= LENGTH_BYTES && this.pending.length > 1) {
      head = Buffer.concat(this.pending, this.pendingBytes);
      this.pending = [head];
    }
    return LENGTH_BYTES + this.checked(head.readUInt32BE(0));
  }

  private kept(bytes: Buffer): Buffer {
    return this.reused ? Buffer.from(bytes) : bytes;
  }

  private checked(length: number, complete: readonly Packet[] = []): number {
    if (length === 0 || length > this.maximum) {
      throw new PacketLengthError(length, this.maximum, complete);
    }
    return length;
  }
}

/** The packet with its length in front, as it came: a view into the same bytes, for passing it on without a copy. */
export function wholePacket(packet: Packet): Buffer {
  if (packet instanceof ArrivedPacket || packet instanceof SplitPacket) return packet.whole;
  const { data } = packet;
  const start = data.byteOffset - PACKET_HEAD;
  return Buffer.from(data.buffer, start, data.length + PACKET_HEAD);
}

/** Bytes as they lie in memory: one after the other, they are a packet. */
export type Pieces = Buffer | readonly Buffer[];

/** As {@link wholePacket}, and without a copy where the packet came in several chunks. */
export function packetPieces(packet: Packet): Pieces {
  return packet instanceof SplitPacket ? packet.pieces : wholePacket(packet);
}

/** How many bytes the pieces have together. */
export function sizeOf(pieces: Pieces): number {
  if (Buffer.isBuffer(pieces)) return pieces.length;
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** A copy that outlives the chunk that the packet came in. */
export function keepPacket(packet: Packet): Packet {
  const bytes = Buffer.from(wholePacket(packet));
  return new ArrivedPacket(bytes, 0, bytes.length);
}

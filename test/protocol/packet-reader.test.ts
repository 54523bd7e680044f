import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  keepPacket,
  PacketLengthError,
  packetPieces,
  PacketReader,
  sizeOf,
  wholePacket,
} from '../../src/protocol/packet-reader.ts';

const MAXIMUM = 1024 * 1024;
const RUNS = Number(process.env.PROPERTY_RUNS ?? 200);

/** A packet's bytes by hand: length, letter, data. */
function bytesOf(letter: string, data: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + data.length);
  head.write(letter, 4, 'latin1');
  return Buffer.concat([head, data]);
}

const packetBytes = fc
  .tuple(
    fc.constantFrom('C', 'L', 'B', 'E'),
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      // As large as MTAs cut bodies, and larger.
      fc
        .tuple(fc.integer({ min: 16_000, max: 70_000 }), fc.nat(255))
        .map(([length, byte]) => new Uint8Array(length).fill(byte)),
    ),
  )
  .map(([letter, data]) => bytesOf(letter, Buffer.from(data)));

function cut(stream: Buffer, places: readonly number[]): readonly Buffer[] {
  const ends = [...places.map((place) => place % (stream.length + 1)), stream.length];
  ends.sort((a, b) => a - b);
  return ends.map((end, index) => stream.subarray(ends[index - 1] ?? 0, end));
}

describe('packets', () => {
  it('are the same however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(packetBytes, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(400_000), { maxLength: 30 }),
        fc.boolean(),
        (packets, places, reused) => {
          const reader = new PacketReader(MAXIMUM, reused);
          const read: Buffer[] = [];
          for (const chunk of cut(Buffer.concat(packets), places)) {
            const memory = Buffer.from(chunk);
            for (const packet of reader.push(memory)) {
              const pieces = packetPieces(packet);
              const joined = Buffer.isBuffer(pieces) ? pieces : Buffer.concat(pieces);
              expect(sizeOf(pieces)).toBe(joined.length);
              const again = bytesOf(String.fromCharCode(packet.command), packet.data);
              expect(again.equals(joined)).toBe(true);
              expect(wholePacket(packet).equals(joined)).toBe(true);
              read.push(Buffer.from(wholePacket(keepPacket(packet))));
            }
            if (reused) memory.fill(0xee);
          }
          expect(Buffer.concat(read).equals(Buffer.concat(packets))).toBe(true);
          expect(read.map(({ length }) => length)).toEqual(packets.map(({ length }) => length));
          expect(reader.unfinished).toBe(0);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('of no honest length end the stream, after those before them', () => {
    const reader = new PacketReader(100);
    const good = bytesOf('A', Buffer.alloc(0));
    for (const length of [0, 101, 0xffffffff]) {
      const bad = Buffer.alloc(4);
      bad.writeUInt32BE(length);
      expect(() => reader.push(Buffer.concat([good, bad]))).toThrow(PacketLengthError);
    }
  });
});

/**
 * How a history lies in its file: a head that names the columns and the rings, then the rows of each ring. A row is its
 * beginning (seconds since 1970), its numbers and a check over both, all 32 bits, little-endian. The file never grows,
 * a row that was torn by a reader or a crash is none, and a clock that was wrong spoils the rows that it named.
 */
import { crc32 } from 'node:zlib';
import { RINGS, type Ring } from './rings.ts';

const MAGIC = 'milter-manager history 1\n';
export const HEAD_SIZE = 4096;
const MOST = 0xffff_ffff;

export interface Layout {
  readonly columns: readonly string[];
  readonly rings: readonly Ring[];
}

/** The layout of a new file. */
export function layoutOf(columns: readonly string[]): Layout {
  return { columns, rings: RINGS };
}

export function rowSize({ columns }: Layout): number {
  return (columns.length + 2) * 4;
}

/** Where a row of a ring begins in the file. */
export function rowOffset(layout: Layout, ring: Ring, row: number): number {
  const before = layout.rings
    .slice(0, layout.rings.indexOf(ring))
    .reduce((rows, each) => rows + each.rows, 0);
  return HEAD_SIZE + (before + row) * rowSize(layout);
}

export function fileSize(layout: Layout): number {
  const rows = layout.rings.reduce((sum, ring) => sum + ring.rows, 0);
  return HEAD_SIZE + rows * rowSize(layout);
}

export function encodeHead(layout: Layout): Buffer {
  const head = Buffer.alloc(HEAD_SIZE, '\n');
  const text = `${MAGIC}${JSON.stringify(layout)}`;
  if (text.length > HEAD_SIZE) throw new Error('too many columns for a history');
  head.write(text, 'latin1');
  return head;
}

/** Undefined where the bytes are no head of ours. */
export function decodeHead(head: Buffer): Layout | undefined {
  const text = head.toString('latin1', 0, HEAD_SIZE);
  if (!text.startsWith(MAGIC)) return undefined;
  try {
    return JSON.parse(text.slice(MAGIC.length)) as Layout;
  } catch {
    return undefined;
  }
}

export interface Row {
  readonly begins: number;
  readonly values: readonly number[];
}

export function encodeRow({ begins, values }: Row): Buffer {
  const bytes = Buffer.alloc((values.length + 2) * 4);
  bytes.writeUInt32LE(begins, 0);
  for (const [at, value] of values.entries())
    bytes.writeUInt32LE(Math.min(Math.max(0, Math.round(value)), MOST), (at + 1) * 4);
  const check = bytes.length - 4;
  bytes.writeUInt32LE(crc32(bytes.subarray(0, check)), check);
  return bytes;
}

/** Undefined where it was never written, or not to its end. */
export function decodeRow(bytes: Buffer): Row | undefined {
  const check = bytes.length - 4;
  const begins = bytes.readUInt32LE(0);
  if (begins === 0 || bytes.readUInt32LE(check) !== crc32(bytes.subarray(0, check)))
    return undefined;
  const values = [];
  for (let at = 4; at < check; at += 4) values.push(bytes.readUInt32LE(at));
  return { begins, values };
}

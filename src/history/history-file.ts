/** One history on the disk: written by one process, read by any at any time. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { add, type Numbers } from './columns.ts';
import {
  decodeHead,
  decodeRow,
  encodeHead,
  encodeRow,
  fileSize,
  HEAD_SIZE,
  layoutOf,
  rowOffset,
  rowSize,
  type Layout,
  type Row,
} from './layout.ts';
import { slotOf, type Ring } from './rings.ts';

const { O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
/** Numbers of what passes by, and no addresses: a group may read them. */
const MODE = 0o640;
const OLD = '.old';

export class HistoryWriter {
  private readonly layout: Layout;
  private fd: number | undefined;
  /** What could not be written yet, by ring. */
  private readonly pending = new Map<Ring, Numbers>();

  /** The file is opened when there is something to write. */
  constructor(
    private readonly path: string,
    columns: readonly string[],
  ) {
    this.layout = layoutOf(columns);
  }

  /**
   * Adds what happened by now; it is there when this returns, whatever becomes of the process.
   * @param now milliseconds since 1970
   * @throws where something cannot be written: that is kept for the next time then
   */
  add(now: number, numbers: Numbers): void {
    const { rings } = this.layout;
    for (const ring of rings) this.pending.set(ring, add(this.pending.get(ring) ?? {}, numbers));
    const fd = (this.fd ??= open(this.path, this.layout));
    for (const ring of rings) {
      this.write(fd, ring, now, this.pending.get(ring)!);
      this.pending.delete(ring);
    }
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  private write(fd: number, ring: Ring, now: number, numbers: Numbers): void {
    const { row, begins } = slotOf(ring, now);
    const offset = rowOffset(this.layout, ring, row);
    const there = readRow(fd, this.layout, offset);
    const sum = add(there?.begins === begins ? named(this.layout, there) : {}, numbers);
    const values = this.layout.columns.map((column) => sum[column] ?? 0);
    const bytes = encodeRow({ begins, values });
    writeSync(fd, bytes, 0, bytes.length, offset);
  }
}

/** A file with other columns, which a program of another version wrote, is set aside for readers. */
function open(path: string, layout: Layout): number {
  const flags = O_RDWR | O_CREAT | O_NOFOLLOW;
  let fd = openSync(path, flags, MODE);
  if (fstatSync(fd).size > 0 && !sameLayout(readHead(fd), layout)) {
    closeSync(fd);
    renameSync(path, path + OLD);
    fd = openSync(path, flags, MODE);
  }
  const missing = fileSize(layout) - fstatSync(fd).size;
  if (missing > 0) {
    // All of it is taken now: later writes need no room on the disk.
    writeSync(fd, Buffer.alloc(missing), 0, missing, fileSize(layout) - missing);
    writeSync(fd, encodeHead(layout), 0, HEAD_SIZE, 0);
  }
  return fd;
}

export interface Stretch {
  /** Seconds since 1970. */
  readonly begins: number;
  readonly numbers: Numbers;
}

/** Reads a file of the host that the history is on; undefined where there is none. */
export type ReadFile = (path: string) => Buffer | undefined;

/**
 * The rows of a ring between two moments, oldest first; what an older version wrote is among them.
 * @param from, until seconds since 1970
 */
export function readHistory(
  read: ReadFile,
  path: string,
  ring: Ring['name'],
  from: number,
  until: number,
): readonly Stretch[] {
  const rows = new Map<number, Numbers>();
  for (const file of [path + OLD, path]) {
    const bytes = read(file);
    if (bytes === undefined) continue;
    for (const { begins, numbers } of rowsOf(bytes, ring)) {
      if (begins < from || begins > until) continue;
      rows.set(begins, add(rows.get(begins) ?? {}, numbers));
    }
  }
  return [...rows]
    .map(([begins, numbers]) => ({ begins, numbers }))
    .toSorted((a, b) => a.begins - b.begins);
}

function rowsOf(bytes: Buffer, name: Ring['name']): readonly Stretch[] {
  const layout = decodeHead(bytes);
  const ring = layout?.rings.find((each) => each.name === name);
  if (layout === undefined || ring === undefined) return [];
  const size = rowSize(layout);
  const first = rowOffset(layout, ring, 0);
  const end = Math.min(bytes.length, first + ring.rows * size);
  const found: Stretch[] = [];
  for (let at = first; at + size <= end; at += size) {
    const row = decodeRow(bytes.subarray(at, at + size));
    if (row) found.push({ begins: row.begins, numbers: named(layout, row) });
  }
  return found;
}

function readHead(fd: number): Layout | undefined {
  const head = Buffer.alloc(HEAD_SIZE);
  readSync(fd, head, 0, head.length, 0);
  return decodeHead(head);
}

function readRow(fd: number, layout: Layout, offset: number): Row | undefined {
  const bytes = Buffer.alloc(rowSize(layout));
  return readSync(fd, bytes, 0, bytes.length, offset) < bytes.length ? undefined : decodeRow(bytes);
}

function named({ columns }: Layout, { values }: Row): Numbers {
  return Object.fromEntries(columns.map((column, at) => [column, values[at] ?? 0]));
}

function sameLayout(a: Layout | undefined, b: Layout): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Headers in order, each of which finds its number, and each number its header, without a walk over all of them: they
 * lie in short chunks that know how many they hold of each name.
 */

/** One header of the message: its identity outlives changes of its value, its place outlives its removal. */
export interface Cell {
  /** As it is written. */
  name: string;
  /** As names are compared. */
  readonly key: string;
  value: Buffer;
  removed: boolean;
}

interface Chunk {
  cells: Cell[];
  /** How many count, and how many of each name. */
  counted: number;
  readonly names: Map<string, number>;
}

/** A chunk of more cells becomes two. */
const CHUNK = 256;

export class NumberedHeaders {
  private readonly chunks: Chunk[] = [];
  private readonly homes = new Map<Cell, Chunk>();

  /** @param counts whether a header is numbered; one that is not keeps its place */
  constructor(
    cells: readonly Cell[],
    private readonly counts: (cell: Cell) => boolean,
  ) {
    for (let at = 0; at === 0 || at < cells.length; at += CHUNK)
      this.chunks.push(this.chunkOf(cells.slice(at, at + CHUNK)));
  }

  /** The headers that count, in order. */
  *[Symbol.iterator](): Generator<Cell> {
    for (const { cells } of this.chunks)
      for (const cell of cells) if (this.counts(cell)) yield cell;
  }

  get size(): number {
    return this.chunks.reduce((sum, { counted }) => sum + counted, 0);
  }

  /** The header of this number, from 0. */
  at(index: number): Cell | undefined {
    let left = index;
    for (const { cells, counted } of this.chunks) {
      if (left < counted) return cells.filter(this.counts)[left];
      left -= counted;
    }
    return undefined;
  }

  /** The header of this number among those of its name, from 1. */
  nth(key: string, wanted: number): Cell | undefined {
    let left = wanted;
    for (const { cells, names } of this.chunks) {
      const here = names.get(key) ?? 0;
      if (left <= here)
        return cells.filter((cell) => cell.key === key && this.counts(cell))[left - 1];
      left -= here;
    }
    return undefined;
  }

  /** How many headers count up to this one's place, itself included where it counts. */
  numberOf(cell: Cell): number {
    return this.upTo(cell, ({ counted }) => counted, this.counts);
  }

  /** The same among the headers of its name. */
  numberInName(cell: Cell): number {
    const { key } = cell;
    const same = (each: Cell): boolean => each.key === key && this.counts(each);
    return this.upTo(cell, ({ names }) => names.get(key) ?? 0, same);
  }

  push(cell: Cell): void {
    const last = this.chunks.at(-1)!;
    this.put(last, last.cells.length, cell);
  }

  /** Puts it behind another; on top where there is none. */
  insertBehind(before: Cell | undefined, cell: Cell): void {
    const home = before ? this.homes.get(before)! : this.chunks[0]!;
    this.put(home, before ? home.cells.indexOf(before) + 1 : 0, cell);
  }

  /** Takes it out, place and all. */
  remove(cell: Cell): void {
    const home = this.homes.get(cell)!;
    if (this.counts(cell)) count(home, cell, -1);
    home.cells.splice(home.cells.indexOf(cell), 1);
    this.homes.delete(cell);
  }

  /** Has it count no more; its place stays. To be called while it still counts. */
  discount(cell: Cell): void {
    count(this.homes.get(cell)!, cell, -1);
  }

  private upTo(
    cell: Cell,
    inChunk: (chunk: Chunk) => number,
    counts: (cell: Cell) => boolean,
  ): number {
    const home = this.homes.get(cell)!;
    let number = 0;
    for (const chunk of this.chunks) {
      if (chunk === home) break;
      number += inChunk(chunk);
    }
    for (const each of home.cells) {
      if (counts(each)) number += 1;
      if (each === cell) break;
    }
    return number;
  }

  private put(home: Chunk, place: number, cell: Cell): void {
    home.cells.splice(place, 0, cell);
    this.homes.set(cell, home);
    if (this.counts(cell)) count(home, cell, 1);
    if (home.cells.length <= CHUNK) return;
    const halves = [home.cells.slice(0, CHUNK / 2), home.cells.slice(CHUNK / 2)];
    const at = this.chunks.indexOf(home);
    this.chunks.splice(at, 1, ...halves.map((cells) => this.chunkOf(cells)));
  }

  private chunkOf(cells: Cell[]): Chunk {
    const chunk: Chunk = { cells, counted: 0, names: new Map() };
    for (const cell of cells) {
      this.homes.set(cell, chunk);
      if (this.counts(cell)) count(chunk, cell, 1);
    }
    return chunk;
  }
}

function count(chunk: Chunk, { key }: Cell, by: 1 | -1): void {
  chunk.counted += by;
  chunk.names.set(key, (chunk.names.get(key) ?? 0) + by);
}

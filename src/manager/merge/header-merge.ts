/**
 * Header operations of several children that saw the same message, turned into operations that the MTA can apply one
 * after the other. Every index is resolved to the header that the child meant by it, and back to
 * the index that this header has by then.
 */
import { SMFIR } from '../../protocol/constants.ts';
import {
  headerPacket,
  indexedHeaderPacket,
  parseHeader,
  parseIndexedHeader,
  type Header,
  type IndexedHeader,
} from '../../protocol/headers.ts';
import { wholePacket, type Packet } from '../../protocol/packet-reader.ts';
import { NumberedHeaders, type Cell } from './numbered-headers.ts';

/**
 * The message's headers as the MTA has them after everything forwarded so far.
 *
 * Place 0 is the MTA's own Received header: milters are not shown it, but INSHEADER counts it, so that index 0 inserts
 * above it and index 1 below it (Postfix and Sendmail alike).
 */
export class MergedHeaders {
  private readonly received = newCell({ name: '', value: Buffer.alloc(0) });
  /** The removed ones keep their places and are not numbered. */
  private readonly cells: NumberedHeaders;

  constructor(headers: readonly Header[]) {
    const cells = [this.received, ...headers.map(newCell)];
    this.cells = new NumberedHeaders(cells, ({ removed }) => !removed);
  }

  /** The headers as the next stage sees them. */
  visible(): readonly Header[] {
    return [...this.cells].filter((cell) => cell !== this.received);
  }

  /** The headers as every child of a stage sees them at its start; each child changes its own view. */
  view(): ChildView {
    return new ChildView(this, [...this.cells]);
  }

  append(cell: Cell): void {
    this.cells.push(cell);
  }

  /** Puts a cell behind another, or on top; gives its INSHEADER index. */
  insertBehind(cell: Cell, before: Cell | undefined): number {
    this.cells.insertBehind(before, cell);
    return this.cells.numberOf(cell) - 1;
  }

  /** The CHGHEADER index of a cell: its number among the live headers of its name, from 1. */
  indexOf(cell: Cell): number {
    return this.cells.numberInName(cell);
  }

  remove(cell: Cell): void {
    this.cells.discount(cell);
    cell.removed = true;
  }
}

/** What one child believes the headers to be: those that its stage saw, with its own operations applied. */
class ChildView {
  private readonly cells: NumberedHeaders;

  constructor(
    private readonly merged: MergedHeaders,
    cells: readonly Cell[],
  ) {
    this.cells = new NumberedHeaders(cells, () => true);
  }

  /**
   * Applies one operation of the child, and gives the packet that does the same at the MTA; undefined where nothing is
   * left to do, because another child has removed the header.
   */
  apply(operation: Packet): Buffer | undefined {
    const whole = wholePacket(operation);
    switch (operation.command) {
      case SMFIR.ADDHEADER:
        return this.add(parseHeader(operation.data), whole);
      case SMFIR.INSHEADER:
        return this.insert(parseIndexedHeader(operation.data), whole);
      case SMFIR.CHGHEADER:
        return this.change(parseIndexedHeader(operation.data), whole);
      default:
        return whole;
    }
  }

  private add(header: Header | undefined, whole: Buffer): Buffer {
    if (header) this.append(newCell(header));
    return whole;
  }

  private insert(header: IndexedHeader | undefined, whole: Buffer): Buffer {
    if (!header) return whole;
    const cell = newCell(header);
    if (header.index >= this.cells.size) {
      this.append(cell);
      return indexedHeaderPacket(SMFIR.INSHEADER, 0x7fffffff, header);
    }
    const before = header.index === 0 ? undefined : this.cells.at(header.index - 1);
    this.cells.insertBehind(before, cell);
    const index = this.merged.insertBehind(cell, before);
    return index === header.index ? whole : indexedHeaderPacket(SMFIR.INSHEADER, index, header);
  }

  /** An empty value removes (smfi_chgheader); where there is no such header, a value adds one, as MTAs do. */
  private change(header: IndexedHeader | undefined, whole: Buffer): Buffer | undefined {
    if (!header) return whole;
    const cell = this.cells.nth(keyOf(header.name), Math.max(1, header.index));
    const removes = header.value.length === 0;
    if (cell === undefined) {
      if (removes) return undefined;
      this.append(newCell(header));
      return headerPacket(SMFIR.ADDHEADER, header);
    }
    if (removes) this.cells.remove(cell);
    // Removed by another child of the stage: that stands, a change cannot bring a forged header back.
    if (cell.removed) return undefined;
    const index = this.merged.indexOf(cell);
    if (removes) this.merged.remove(cell);
    else {
      cell.value = header.value;
      // Postfix writes the field anew, its name as the command spells it.
      cell.name = header.name;
    }
    return index === header.index ? whole : indexedHeaderPacket(SMFIR.CHGHEADER, index, header);
  }

  private append(cell: Cell): void {
    this.cells.push(cell);
    this.merged.append(cell);
  }
}

function newCell({ name, value }: Header): Cell {
  return { name, key: keyOf(name), value, removed: false };
}

/** Header names are compared without regard to case (RFC 5322 1.2.2). */
function keyOf(name: string): string {
  return name.toLowerCase();
}

/** The dynamic section of an ELF file (System V ABI, chapters 4 and 5): which libraries a program needs. */

const MAGIC = 0x7f454c46;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT_NULL = 0n;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;
/** More than any program has. */
const MOST_ENTRIES = 4096;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** Names of the libraries (`libmilter.so.1.0.1`); none where it is no such file, or anything in it is odd. */
export function neededLibraries(file: Buffer): readonly string[] {
  try {
    return readNeeded(file);
  } catch (error) {
    // It points outside of itself.
    if (error instanceof RangeError) return [];
    throw error;
  }
}

function readNeeded(file: Buffer): readonly string[] {
  if (file.length < 64 || file.readUInt32BE(0) !== MAGIC) return [];
  const [wide, little] = [file[4] === 2, file[5] === 1];
  const half = (at: number): number => (little ? file.readUInt16LE(at) : file.readUInt16BE(at));
  const word = (at: number): number => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const long = (at: number): bigint => {
    if (!wide) return BigInt(word(at));
    return little ? file.readBigUInt64LE(at) : file.readBigUInt64BE(at);
  };
  const size = wide ? 8 : 4;
  const segments = Array.from({ length: half(wide ? 56 : 44) }, (_, index): Segment => {
    const at = Number(long(wide ? 32 : 28)) + index * half(wide ? 54 : 42);
    return {
      type: word(at),
      offset: Number(long(at + (wide ? 8 : 4))),
      address: Number(long(at + (wide ? 16 : 8))),
      size: Number(long(at + (wide ? 32 : 16))),
    };
  });
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  if (dynamic === undefined) return [];
  const needed: number[] = [];
  let strings: number | undefined;
  const entries = Math.min(dynamic.size / (2 * size), MOST_ENTRIES);
  for (let entry = 0; entry < entries; entry += 1) {
    const at = dynamic.offset + entry * 2 * size;
    const [tag, value] = [long(at), Number(long(at + size))];
    if (tag === DT_NULL) break;
    if (tag === DT_NEEDED) needed.push(value);
    if (tag === DT_STRTAB) strings = offsetOf(value, segments);
  }
  return strings === undefined ? [] : needed.map((name) => stringAt(file, strings + name));
}

/** Where in the file an address of memory is. */
function offsetOf(address: number, segments: readonly Segment[]): number | undefined {
  const segment = segments.find(
    (each) =>
      each.type === PT_LOAD && address >= each.address && address < each.address + each.size,
  );
  return segment && address - segment.address + segment.offset;
}

function stringAt(file: Buffer, at: number): string {
  const end = file.indexOf(0, at);
  if (at >= file.length || end < 0) throw new RangeError('a string outside of the file');
  return file.toString('latin1', at, end);
}

/** Header packets, and the list of a message's headers as an MTA numbers them. Bytes stay bytes. */
import { packet, uint32 } from './packet-writer.ts';

/** A header field; `name` is latin1, `value` the bytes as they came, without the NUL that ends them. */
export interface Header {
  readonly name: string;
  readonly value: Buffer;
}

/** A header with the index that CHGHEADER or INSHEADER gives it. */
export interface IndexedHeader extends Header {
  readonly index: number;
}

/** Reads the data of SMFIC_HEADER and SMFIR_ADDHEADER; undefined where the name does not end. */
export function parseHeader(data: Buffer): Header | undefined {
  const nul = data.indexOf(0);
  if (nul <= 0) return undefined;
  const end = data.length > nul + 1 && data.at(-1) === 0 ? data.length - 1 : data.length;
  return { name: data.toString('latin1', 0, nul), value: data.subarray(nul + 1, end) };
}

/** Reads the data of SMFIR_CHGHEADER and SMFIR_INSHEADER. */
export function parseIndexedHeader(data: Buffer): IndexedHeader | undefined {
  if (data.length < 6) return undefined;
  const header = parseHeader(data.subarray(4));
  return header && { ...header, index: data.readUInt32BE(0) };
}

/** A packet of name and value: SMFIC_HEADER, SMFIR_ADDHEADER. */
export function headerPacket(command: number, header: Header): Buffer {
  return packet(command, `${header.name}\0`, header.value, '\0');
}

/** A packet of index, name and value: SMFIR_CHGHEADER, SMFIR_INSHEADER. */
export function indexedHeaderPacket(command: number, index: number, header: Header): Buffer {
  return packet(command, uint32(index), `${header.name}\0`, header.value, '\0');
}

/** Header names are compared without regard to case (RFC 5322 1.2.2). */
export function sameHeaderName(a: string, b: string): boolean {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase();
}

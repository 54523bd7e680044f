/** Builds milter packets. Text is a Buffer, or a string of which every character is one byte (latin1). */

/** One field of a packet's data. */
export type Field = Buffer | string;

/** A packet of `command` and the given bytes, with its length in front. */
export function packet(command: number, ...fields: readonly Field[]): Buffer {
  let size = 1;
  for (const field of fields) size += field.length;
  const bytes = Buffer.allocUnsafe(4 + size);
  bytes.writeUInt32BE(size, 0);
  bytes[4] = command;
  let at = 5;
  for (const field of fields) {
    if (typeof field === 'string') bytes.write(field, at, 'latin1');
    else field.copy(bytes, at);
    at += field.length;
  }
  return bytes;
}

/** The field followed by the NUL that ends a string on the wire. */
export function cstring(text: string): string {
  return `${text}\0`;
}

/** A 32-bit unsigned number, big-endian. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value >>> 0, 0);
  return bytes;
}

/** A 16-bit unsigned number, big-endian. */
export function uint16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value, 0);
  return bytes;
}

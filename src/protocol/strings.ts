/** Strings on the wire: each is ended by a NUL. */

/** How many strings the bytes are, neither cut off nor followed by more; undefined where they are none. */
export function stringsIn(data: Buffer): number | undefined {
  if (data.length === 0 || data.at(-1) !== 0) return undefined;
  let count = 0;
  for (let at = 0; at < data.length; at = data.indexOf(0, at) + 1) count += 1;
  return count;
}

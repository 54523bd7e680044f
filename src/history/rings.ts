/** The stretches of time that a history keeps: a ring of rows for each, overwritten where it comes round. */

export interface Ring {
  readonly name: 'minute' | 'ten-minutes' | 'hour' | 'day';
  /** Length of a row's stretch in seconds; a day may be longer or shorter. */
  readonly seconds: number;
  readonly rows: number;
}

/** Minutes of 2 days, ten minutes of 14, hours of 92, days of 400. */
export const RINGS: readonly Ring[] = [
  { name: 'minute', seconds: 60, rows: 2880 },
  { name: 'ten-minutes', seconds: 600, rows: 2016 },
  { name: 'hour', seconds: 3600, rows: 2208 },
  { name: 'day', seconds: 86_400, rows: 400 },
];

export interface Slot {
  /** Its row in the ring. */
  readonly row: number;
  /** When its stretch begins, in seconds since 1970. */
  readonly begins: number;
}

/** Where a moment belongs. Days are those of the local calendar. @param now milliseconds since 1970 */
export function slotOf({ name, seconds, rows }: Ring, now: number): Slot {
  if (name !== 'day') {
    const number = Math.floor(now / 1000 / seconds);
    return { row: modulo(number, rows), begins: number * seconds };
  }
  const date = new Date(now);
  const day = [date.getFullYear(), date.getMonth(), date.getDate()] as const;
  const number = Math.floor(Date.UTC(...day) / 86_400_000);
  return { row: modulo(number, rows), begins: Math.floor(new Date(...day).getTime() / 1000) };
}

function modulo(number: number, rows: number): number {
  return ((number % rows) + rows) % rows;
}

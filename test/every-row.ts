/**
 * Whole lives of hosts, and whole sessions at a terminal, take seconds each, and all of them minutes: `npm test` leads
 * some of each kind, and `EVERY_PLATFORM=1`, as CI sets it, all.
 */
export const EVERY_PLATFORM = process.env['EVERY_PLATFORM'] === '1';

/** @param usual the names of the rows that every run takes */
export function rowsToRun<Row extends readonly [string, ...(readonly unknown[])]>(
  rows: readonly Row[],
  ...usual: readonly string[]
): readonly Row[] {
  return EVERY_PLATFORM ? rows : rows.filter(([name]) => usual.includes(name));
}

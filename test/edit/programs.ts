/** Which real programs are on this machine, and how many runs a property has. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Whether all programs are there; says which one is missing, because the tests that need it are skipped. */
export function havePrograms(...names: readonly string[]): boolean {
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`.split(':');
  const missing = names.filter((name) => !path.some((dir) => existsSync(join(dir, name))));
  if (missing.length > 0) console.warn(`skipped: ${missing.join(', ')} is not installed`);
  return missing.length === 0;
}

/** `PROPERTY_RUNS=20` runs every property twenty times as often, on other texts each time. */
export function runs(usual: number): { readonly numRuns: number; readonly seed?: number } {
  const times = process.env['PROPERTY_RUNS'];
  return times === undefined ? { numRuns: usual, seed: 4 } : { numRuns: usual * Number(times) };
}

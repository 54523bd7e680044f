/** What histories come to between two moments: the stretch in which the first moment lies counts whole. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MANAGER_COLUMNS } from '../../src/history/columns.ts';
import { HistoryWriter } from '../../src/history/history-file.ts';
import { MANAGER_HISTORY } from '../../src/history/places.ts';
import { summarize } from '../../src/history/summary.ts';
import { readIfThere } from './read-if-there.ts';

let directory = '';
const zone = process.env['TZ'];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'summary-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

// Days begin 9 hours before those of UTC in Tokyo, and 8 hours after them in Los Angeles.
it.each(['UTC', 'Asia/Tokyo', 'America/Los_Angeles'])('counts the first day in %s', (name) => {
  process.env['TZ'] = name;
  const from = Date.UTC(2026, 4, 1, 6, 0);
  const writer = new HistoryWriter(join(directory, MANAGER_HISTORY), MANAGER_COLUMNS);
  writer.add(from + 60_000, { pass: 3 });
  writer.close();
  const until = from / 1000 + 200 * 86_400;
  const { manager } = summarize(readIfThere, directory, [], from / 1000, until);
  expect(manager['pass']).toBe(3);
});

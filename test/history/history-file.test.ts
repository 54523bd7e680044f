/** A history on the disk: what is added is there, whatever becomes of the writer, the clock, or the reader's moment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHILD_COLUMNS, MANAGER_COLUMNS, type Numbers } from '../../src/history/columns.ts';
import { HistoryWriter, readHistory } from '../../src/history/history-file.ts';
import { layoutOf, rowOffset } from '../../src/history/layout.ts';
import { RINGS, slotOf, type Ring } from '../../src/history/rings.ts';
import { buildProgram } from '../tester/built-program.ts';
import { readIfThere } from './read-if-there.ts';

let directory = '';
let path = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'history-'));
  path = join(directory, 'clamav.history');
});
afterEach(() => rmSync(directory, { recursive: true }));

const NOW = Date.UTC(2026, 9, 24, 12, 30, 10);
const MINUTE = 60_000;
const EVER = [0, 0xffff_ffff] as const;

function write(...added: readonly (readonly [number, Numbers])[]): void {
  const writer = new HistoryWriter(path, CHILD_COLUMNS);
  for (const [now, numbers] of added) writer.add(now, numbers);
  writer.close();
}

function totals(ring: Ring['name'], column: string): readonly number[] {
  return readHistory(readIfThere, path, ring, ...EVER).map(({ numbers }) => numbers[column] ?? 0);
}

describe('what is added', () => {
  it('is in each ring, in the stretch of its moment', () => {
    write(
      [NOW, { pass: 2, peak_in_flight: 4 }],
      [NOW + MINUTE, { pass: 3, peak_in_flight: 2 }],
      [NOW + 15 * MINUTE, { reject: 1 }],
    );
    expect(totals('minute', 'pass')).toEqual([2, 3, 0]);
    expect(totals('ten-minutes', 'pass')).toEqual([5, 0]);
    expect(totals('hour', 'reject')).toEqual([1]);
    expect(totals('day', 'pass')).toEqual([5]);
    expect(totals('day', 'peak_in_flight')).toEqual([4]);
    expect(readHistory(readIfThere, path, 'minute', ...EVER)[0]?.begins).toBe(
      Date.UTC(2026, 9, 24, 12, 30) / 1000,
    );
  });

  it('goes on in the same minute after a restart', () => {
    write([NOW, { pass: 2 }]);
    write([NOW + 1000, { pass: 1 }]);
    expect(totals('minute', 'pass')).toEqual([3]);
  });

  it('adds up to the same in every ring', () => {
    const events = fc.array(fc.tuple(fc.nat(2 * 86_400), fc.nat(1000)), { maxLength: 60 });
    fc.assert(
      fc.property(events, (times) => {
        rmSync(path, { force: true });
        const sorted = times.toSorted(([a], [b]) => a - b);
        write(...sorted.map(([s, pass]) => [NOW + s * 1000, { pass }] as const));
        const expected = times.reduce((sum, [, pass]) => sum + pass, 0);
        for (const { name } of RINGS) {
          // Two days of seconds are a minute more than the minutes that are kept.
          if (name === 'minute' && times.some(([s]) => s > 2 * 86_400 - 120)) continue;
          const sum = totals(name, 'pass').reduce((a, b) => a + b, 0);
          expect(sum, name).toBe(expected);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('takes the place of what was there one round before', () => {
    write([NOW, { pass: 1 }], [NOW + 2880 * MINUTE, { pass: 7 }]);
    expect(totals('minute', 'pass')).toEqual([7]);
    expect(totals('day', 'pass')).toEqual([1, 7]);
  });

  it('never makes the file grow: five milters and the manager are under 10 MB', () => {
    write([NOW, { pass: 1 }]);
    const { size } = statSync(path);
    write([NOW + 400 * 86_400_000, { pass: 1 }]);
    expect(statSync(path).size).toBe(size);
    const manager = join(directory, 'manager.history');
    new HistoryWriter(manager, MANAGER_COLUMNS).add(NOW, {});
    expect(5 * size + statSync(manager).size).toBeLessThan(10_000_000);
  });
});

describe('a day', () => {
  const [day] = RINGS.filter(({ name }) => name === 'day');

  it('begins at local midnight, and is of 25 hours where a clock is set back', () => {
    const before = process.env['TZ'];
    try {
      process.env['TZ'] = 'Europe/Berlin';
      // 25 October 2026 in Berlin is from 22:00 UTC to 23:00 UTC of the next day.
      const begins = Date.UTC(2026, 9, 24, 22) / 1000;
      expect(slotOf(day!, Date.UTC(2026, 9, 24, 21, 59)).begins).toBe(begins - 86_400);
      expect(slotOf(day!, Date.UTC(2026, 9, 24, 22)).begins).toBe(begins);
      expect(slotOf(day!, Date.UTC(2026, 9, 25, 22, 59)).begins).toBe(begins);
      expect(slotOf(day!, Date.UTC(2026, 9, 25, 23)).begins).toBe(begins + 90_000);
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });
});

describe('what goes wrong', () => {
  it.each([10 * 365 * 86_400_000, -10 * 365 * 86_400_000 - 7 * MINUTE])(
    'costs one row at most where the clock is wrong by %i ms for a while',
    (wrong) => {
      write([NOW, { pass: 1 }], [NOW + MINUTE, { pass: 2 }], [NOW + wrong, { pass: 4 }]);
      write([NOW + 2 * MINUTE, { pass: 8 }], [NOW + 3 * MINUTE, { pass: 16 }]);
      const rows = readHistory(readIfThere, path, 'minute', NOW / 1000 - 3600, NOW / 1000 + 3600);
      const passed = rows.map(({ numbers }) => numbers['pass']);
      // The first one's row may be the one that was named.
      expect(passed.slice(-3)).toEqual([2, 8, 16]);
      expect(passed.length).toBeGreaterThanOrEqual(3);
    },
  );

  it('costs a torn row, and no others', () => {
    write([NOW, { pass: 1 }], [NOW + MINUTE, { pass: 2 }]);
    const layout = layoutOf(CHILD_COLUMNS);
    const ring = layout.rings[0]!;
    const fd = openSync(path, 'r+');
    writeSync(fd, 'x', rowOffset(layout, ring, slotOf(ring, NOW).row) + 9);
    expect(totals('minute', 'pass')).toEqual([2]);
    // What comes to the same minute begins anew.
    write([NOW, { pass: 5 }]);
    expect(totals('minute', 'pass')).toEqual([5, 2]);
  });

  it('sets a file of another layout aside, and reads both', () => {
    const old = new HistoryWriter(path, ['pass', 'of_old']);
    old.add(NOW, { pass: 3, of_old: 1 });
    old.close();
    write([NOW, { pass: 4 }]);
    expect(readHistory(readIfThere, path, 'minute', ...EVER)).toMatchObject([
      { numbers: { pass: 7, of_old: 1 } },
    ]);
  });

  it('takes a file that is none for one of another layout', () => {
    writeFileSync(path, 'no history');
    write([NOW, { pass: 4 }]);
    expect(totals('minute', 'pass')).toEqual([4]);
    expect(readFileSync(`${path}.old`, 'latin1')).toBe('no history');
  });

  it('is kept for the next time where it cannot be written, and counted once', () => {
    const writer = new HistoryWriter(path, CHILD_COLUMNS);
    mkdirSync(path);
    expect(() => writer.add(NOW, { pass: 1 })).toThrow('EISDIR');
    rmdirSync(path);
    writer.add(NOW + 1000, { pass: 2 });
    writer.close();
    for (const { name } of RINGS) expect(totals(name, 'pass')).toEqual([3]);
  });

  it('follows no link', () => {
    symlinkSync(join(directory, 'elsewhere'), path);
    expect(() => write([NOW, { pass: 1 }])).toThrow('ELOOP');
  });

  it('loses nothing by kill -9, and shows no torn row to who reads meanwhile', async () => {
    const program = await buildProgram('test/history/endless-writer.ts');
    for (let round = 0; round < 5; round += 1) {
      rmSync(path, { force: true });
      const writer = spawn(process.execPath, [program, path, String(NOW)]);
      let written = 0;
      writer.stdout.on('data', (dots: Buffer) => (written += dots.length));
      await once(writer.stdout, 'data');
      let least = 0;
      while (written < 300 * (round + 1)) {
        await new Promise(setImmediate);
        const sum = totals('day', 'pass').reduce((a, b) => a + b, 0);
        // The row that is being written may be missed by a reader, and is there the next time.
        if (sum > 0) expect(sum).toBeGreaterThanOrEqual(least);
        least = Math.max(least, sum);
      }
      writer.kill('SIGKILL');
      await once(writer, 'close');
      const kept = totals('day', 'pass').reduce((a, b) => a + b, 0);
      expect(kept).toBeGreaterThanOrEqual(written);
      expect(kept).toBeLessThanOrEqual(written + 1);
    }
  });
});

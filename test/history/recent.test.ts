/** The mails of late: two files that take turns, several writers, and a disk that fails. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRecent, RecentWriter } from '../../src/history/recent.ts';
import { readIfThere } from './read-if-there.ts';

let directory = '';
let warnings: string[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'recent-'));
  warnings = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

const writer = (most?: number): RecentWriter =>
  new RecentWriter(directory, (text) => warnings.push(text), most);

function write(to: RecentWriter, ...numbers: readonly number[]): void {
  for (const n of numbers) {
    to.add({ n });
    to.flush();
  }
}

const numbers = (): unknown[] => readRecent(readIfThere, directory).map(({ n }) => n);

it('keeps the newest, in the order in which they came, and never more than two files', () => {
  const one = writer(50);
  write(one, ...Array.from({ length: 100 }, (_, n) => n));
  const kept = numbers();
  expect(kept.at(-1)).toBe(99);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, at) => 100 - kept.length + at));
  expect(kept.length).toBeGreaterThan(5);
  expect(readdirSync(directory)).toHaveLength(2);
  for (const file of readdirSync(directory))
    expect(statSync(join(directory, file)).size).toBeLessThan(60);
});

it('takes what several processes write, and turns over once', () => {
  const [a, b] = [writer(50), writer(50)];
  for (let n = 0; n < 8; n += 1) write(n % 2 === 0 ? a : b, n);
  expect(numbers()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it('is for nobody else to read', () => {
  write(writer(), 1);
  expect(statSync(join(directory, 'recent.jsonl')).mode & 0o777).toBe(0o640);
});

it('skips a line that was cut off', () => {
  write(writer(), 1);
  writeFileSync(join(directory, 'recent.jsonl'), '{"n":2}\n{"n":', { flag: 'a' });
  expect(numbers()).toEqual([1, 2]);
});

it('says once that it cannot write, and writes again when it can', () => {
  const one = writer();
  mkdirSync(join(directory, 'recent.jsonl'));
  write(one, 1, 2);
  expect(warnings).toEqual([expect.stringContaining('EISDIR')]);
  rmSync(join(directory, 'recent.jsonl'), { recursive: true });
  write(one, 3);
  expect(numbers()).toEqual([3]);
});

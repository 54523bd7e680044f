import { expect, test } from 'vitest';
import { wrap } from '../../src/ui/wrap.ts';

test('breaks at blanks, and keeps what is longer than a line whole', () => {
  expect(wrap('one two three', 7)).toBe('one two\nthree');
  expect(wrap('one two three', 9, '  ')).toBe('  one two\n  three');
  expect(wrap('/a/path/that/is/long and more', 8)).toBe('/a/path/that/is/long\nand more');
});

test('colours take no room', () => {
  expect(wrap('\u001B[33m!\u001B[39m one two', 9)).toBe('\u001B[33m!\u001B[39m one two');
});

/** One parameter of main.cf, as postconf(1) sets it with -e and takes it away with -X. */
import { expect, it } from 'vitest';
import { setParameter, unsetParameter } from '../../src/edit/main-cf-set.ts';

const TEXT = '# ours\na = 1\nmilters = x,\n  # kept out\n  y\nb = 2\na = 3\n';

it.each([
  ['milters', 'z', TEXT.replace('milters = x,\n  # kept out\n  y\n', 'milters = z\n')],
  // The last of equal ones counts (postconf(5)).
  ['a', '4', TEXT.replace('a = 3', 'a = 4')],
  ['c', '5', `${TEXT}c = 5\n`],
])('sets %s', (key, value, after) => {
  expect(setParameter(TEXT, key, value)).toBe(after);
  expect(setParameter(after, key, value)).toBe(after);
});

it('begins a line of its own behind one that does not end, and keeps its kind of line end', () => {
  expect(setParameter('a = 1', 'b', '2')).toBe('a = 1\nb = 2\n');
  expect(setParameter('', 'b', '2')).toBe('b = 2\n');
});

it('takes away wherever it is set', () => {
  expect(unsetParameter(TEXT, 'a')).toBe(TEXT.replace('a = 1\n', '').replace('a = 3\n', ''));
  expect(unsetParameter(TEXT, 'milters')).toBe('# ours\na = 1\nb = 2\na = 3\n');
  expect(unsetParameter(TEXT, 'none')).toBe(TEXT);
});

it('leaves alone what Postfix would stop at', () => {
  expect(() => setParameter('nonsense\n', 'a', '1')).toThrow("no '='");
});

import { describe, expect, test } from 'vitest';
import type { Terminal } from '../../src/ui/style.ts';
import { decideStyle } from '../../src/ui/style.ts';

const UTF8 = { TERM: 'xterm-256color', LANG: 'en_US.UTF-8' };
const terminal = (changes: Partial<Terminal>): Terminal => ({
  environment: UTF8,
  isTTY: true,
  columns: 120,
  when: 'auto',
  verbose: false,
  ...changes,
});

describe('colour', () => {
  test.each<[string, Partial<Terminal>, boolean]>([
    ['a terminal', {}, true],
    ['a pipe', { isTTY: false }, false],
    ['NO_COLOR', { environment: { ...UTF8, NO_COLOR: '1' } }, false],
    ['an empty NO_COLOR, which counts as unset', { environment: { ...UTF8, NO_COLOR: '' } }, true],
    ['FORCE_COLOR in a pipe', { isTTY: false, environment: { FORCE_COLOR: '1' } }, true],
    ['FORCE_COLOR=0', { environment: { ...UTF8, FORCE_COLOR: '0' } }, false],
    ['TERM=dumb', { environment: { TERM: 'dumb' } }, false],
    ['--color always in a pipe', { isTTY: false, when: 'always' }, true],
    ['--color always against NO_COLOR', { when: 'always', environment: { NO_COLOR: '1' } }, true],
    ['--no-color', { when: 'never' }, false],
  ])('%s', (_name, changes, expected) => {
    const style = decideStyle(terminal(changes));
    expect(style.color).toBe(expected);
    expect(style.paint('red', 'x')).toBe(expected ? '\u001B[31mx\u001B[39m' : 'x');
  });
});

describe('characters', () => {
  test.each([
    [{ LANG: 'de_DE.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, false],
    [{ LC_ALL: '', LANG: 'en_US.UTF-8' }, true],
    [{ LANG: 'en_US.ISO-8859-1' }, false],
    [{}, false],
  ])('%j', (environment, unicode) => {
    const style = decideStyle(terminal({ environment }));
    expect(style.unicode).toBe(unicode);
    expect(/^[ -~]*$/.test(Object.values(style.marks).join(''))).toBe(!unicode);
  });
});

test.each<[string, Partial<Terminal>, boolean]>([
  ['a terminal', {}, true],
  ['a pipe', { isTTY: false }, false],
  ['CI', { environment: { ...UTF8, CI: 'true' } }, false],
  ['TERM=dumb', { environment: { TERM: 'dumb' } }, false],
  ['--verbose', { verbose: true }, false],
])('animation: %s', (_name, changes, expected) => {
  expect(decideStyle(terminal(changes)).animate).toBe(expected);
});

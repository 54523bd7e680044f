import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Bundle } from './terminal.ts';
import { bundleProgram, pipe, plain, talk, UTF8_TERMINAL } from './terminal.ts';

let program: Bundle;
beforeAll(async () => {
  program = await bundleProgram(new URL('./programs/show-progress.ts', import.meta.url).pathname);
});
afterAll(() => program.remove());

test('in a pipe: a line a step when it ends, no escape codes, no output of commands', async () => {
  const { output } = await pipe([program.path], UTF8_TERMINAL);
  expect(output.split('\n')).toEqual([
    '✔ Install postfix and milter-greylist',
    '↓ Start clamav-milter: skipped, no virus signatures',
    '✖ Postfix asks the manager: postfix check ended with 1',
    '✔ undone: Install postfix and milter-greylist',
    'the end',
    '',
  ]);
});

test('--verbose: also what starts and what commands print', async () => {
  const { output } = await pipe([program.path, '--verbose'], { ...UTF8_TERMINAL, LC_ALL: 'C' });
  expect(output).toContain(
    '-> Install postfix and milter-greylist\nReading package lists\nUnpacking postfix\n+ Install',
  );
});

test('on a terminal: a spinner with the last line of output, then how it ended', async () => {
  const { exitCode, output } = await talk([program.path], []);
  expect(exitCode).toBe(0);
  const text = plain(output);
  expect(text).toContain('⠋ Install postfix and milter-greylist');
  expect(text).toContain('› Unpacking postfix');
  const order = [
    '✔ Install postfix and milter-greylist',
    'Start clamav-milter: skipped, no virus signatures',
    '✖ Postfix asks the manager',
    'undone: Install postfix and milter-greylist',
    'the end',
  ].map((line) => text.indexOf(line));
  expect(order).not.toContain(-1);
  expect(order).toEqual([...order].sort((one, other) => one - other));
});

test.each<[string, Record<string, string>]>([
  ['CI', { CI: 'true' }],
  ['TERM=dumb', { TERM: 'dumb' }],
  ['NO_COLOR', { NO_COLOR: '1' }],
])('%s on a terminal: lines, nothing redrawn', async (_name, environment) => {
  const { output } = await talk([program.path], [], { ...UTF8_TERMINAL, ...environment });
  expect(output).not.toMatch(/\u001B\[\d*[A-K]/);
  expect(plain(output)).toContain('the end');
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Bundle } from './terminal.ts';
import { bundleProgram, pipe, plain, talk, UTF8_TERMINAL } from './terminal.ts';

const ENTER = '\r';
const DOWN = '\u001B[B';
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const ALL_QUESTIONS = [
  'Which milters',
  'What shall Postfix do',
  'How many SMTP connections',
  'Which other networks',
];

let program: Bundle;
beforeAll(async () => {
  program = await bundleProgram(new URL('./programs/ask-all.ts', import.meta.url).pathname);
});
afterAll(() => program.remove());

test('Enter takes the defaults; the confirmation defaults to no', async () => {
  const dialogue = [...ALL_QUESTIONS, 'Apply this plan?'].map((text) => [text, ENTER] as const);
  const { exitCode, output } = await talk([program.path], dialogue);
  expect(exitCode).toBe(3);
  expect(plain(output)).toContain('(100)');
  expect(plain(output)).toContain('about 30 children for 100 connections');
});

test('choosing, typing and being corrected', async () => {
  const { exitCode, output } = await talk(
    [program.path],
    [
      // Down from milter-greylist to clamav-milter, which goes out.
      ['Which milters', `${DOWN} ${ENTER}`],
      ['What shall Postfix do', `${DOWN}${ENTER}`],
      ['How many SMTP connections', `lots${ENTER}`],
      ['"lots" is not a number', `\u0015250${ENTER}`],
      ['Which other networks', `203.0.113.9/24${ENTER}`],
      ['did you mean 203.0.113.0/24?', `\u0015203.0.113.0/24 2001:db8::/32${ENTER}`],
      ['Apply this plan?', `y${ENTER}`],
    ],
  );
  expect(exitCode).toBe(0);
  expect(JSON.parse(/answers: (.*)/.exec(plain(output))![1]!)).toEqual({
    'take-over': false,
    milters: ['milter-greylist', 'spamass-milter'],
    'keep-settings': [],
    'dkim-domain': 'example.com',
    'dkim-selector': 'mail',
    'dmarc-failures': 'mark',
    'default-action': 'tempfail',
    'smtp-connections': 250,
    'local-networks': ['203.0.113.0/24', '2001:db8::/32'],
    'greylist-delay': '10m',
  });
});

test.each([
  ['Ctrl-C at the first prompt', [['Which milters', CTRL_C]] as const],
  [
    'Ctrl-C at a text prompt',
    [
      ['Which milters', ENTER],
      ['What shall Postfix do', ENTER],
      ['How many SMTP connections', CTRL_C],
    ] as const,
  ],
  ['the end of the input', [['Which milters', CTRL_D]] as const],
])('%s: one line, exit code 130', async (_name, dialogue) => {
  const { exitCode, output } = await talk([program.path], dialogue);
  expect(exitCode).toBe(130);
  const after = plain(output).split('milter-setup: ');
  expect(after).toHaveLength(2);
  expect(after[1]!.trimEnd()).toBe('cancelled; nothing was changed');
  expect(plain(output)).not.toMatch(/^ +at /m);
});

test('an ASCII locale sees ASCII only, and NO_COLOR no colour', async () => {
  const environment = { ...UTF8_TERMINAL, LANG: '', LC_ALL: 'C', NO_COLOR: '1' };
  const dialogue = [...ALL_QUESTIONS, 'Apply this plan?'].map((text) => [text, ENTER] as const);
  const { output } = await talk([program.path], dialogue, environment);
  expect(plain(output)).toMatch(/^[\n\t -~]*$/);
  expect(plain(output)).toContain('[x] milter-greylist');
  expect(output).not.toMatch(/\u001B\[(?!0m|22m|39m)[\d;]+m/);
});

test('with a closed input it ends with 130 and not as if all were well', async () => {
  const { exitCode } = await pipe([program.path], UTF8_TERMINAL);
  expect(exitCode).toBe(130);
});

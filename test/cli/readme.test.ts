/** What the README says of the command line is what the programs take. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseArguments } from '../../src/cli/program.ts';
import { TOPICS } from '../../src/commands/help/topics.ts';
import {
  COMMON_OPTIONS,
  managerOptions,
  testServerOptions,
} from '../../src/commands/completion/programs.ts';
import { VERBS } from '../../src/commands/verbs.ts';
import { QUESTIONS } from '../../src/questions/questions.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

const lines = [
  ...README.matchAll(/^ {4}(?:\S.* && )?(?:npx )?milter-setup(?: (.*?))?(?: +#.*)?$/gm),
];

test('it has examples', () => {
  expect(lines.length).toBeGreaterThan(7);
});

test.each(lines.map(([, words = '']) => words))('milter-setup %s', (words) => {
  expect(parseArguments(words.split(' ').filter(Boolean))).toHaveProperty('run');
});

test('each flag and topic that it names is one', () => {
  const flags = [
    ...[...COMMON_OPTIONS, ...managerOptions(), ...testServerOptions()].flatMap(
      ({ names }) => names,
    ),
    ...QUESTIONS.map(({ flag }) => flag),
    ...VERBS.flatMap(({ options }) => options.map((option) => option.flags.split(' ')[0]!)),
  ];
  // npm's own.
  const others = ['--package'];
  const named = [...README.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([flag]) => flag);
  expect(named.filter((flag) => ![...flags, ...others].includes(flag))).toEqual([]);
  const known = [...TOPICS, ...VERBS].map(({ name }) => name);
  const topics = [...README.matchAll(/milter-setup help ([a-z-]+)/g)].map(([, topic]) => topic!);
  expect(topics.length).toBeGreaterThan(2);
  expect(topics.filter((topic) => !known.includes(topic))).toEqual([]);
});

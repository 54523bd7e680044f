/** `milter-setup help TOPIC`: what a sysadmin looks up. The help of a verb is the parser's. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import { nearest } from '../questions/nearest.ts';
import { wrap } from '../ui/wrap.ts';
import type { RunCommand } from './command.ts';
import { TOPICS, type Block } from './help/topics.ts';
import { VERBS } from './verbs.ts';

const WIDTH = 80;

export const run: RunCommand = ({ arguments: [name = ''], ui }) => {
  const topic = TOPICS.find((each) => each.name === name);
  if (topic === undefined) throw unknownTopic(name);
  const text = `${[`${topic.name}: ${topic.summary}`, ...topic.blocks.map(showBlock)].join('\n\n')}\n`;
  ui.print(text, text);
  return Promise.resolve(EXIT.ok);
};

function showBlock(block: Block): string {
  if (typeof block === 'string') return wrap(block, WIDTH);
  const isShort = block.every(([term]) => term.length <= 6);
  const entries = block.map(([term, meaning]) =>
    isShort
      ? term.padStart(5) + wrap(meaning, WIDTH, ' '.repeat(7)).slice(5)
      : `  ${term}\n${wrap(meaning, WIDTH, '      ')}`,
  );
  return entries.join('\n');
}

/** Below the help of the whole program. */
export function listTopics(): string {
  const width = Math.max(...TOPICS.map(({ name }) => name.length));
  const lines = TOPICS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`);
  return `\nTopics of milter-setup help:\n${lines.join('')}`;
}

function unknownTopic(name: string): SetupError {
  const topics = TOPICS.map((topic) => topic.name);
  const meant = nearest(name, [...topics, ...VERBS.map((verb) => verb.name)]);
  const all = `topics: ${topics.join(', ')}, or a verb`;
  return new SetupError({
    code: 'usage',
    message: `no help on "${name}"`,
    hint: meant === undefined ? all : `did you mean ${meant}?`,
    exitCode: EXIT.usage,
  });
}

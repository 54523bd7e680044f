/** Options of a program for its page. */
import type { Block } from '../commands/help/topics.ts';
import type { ProgramOption } from '../commands/completion/programs.ts';
import type { Section } from './page.ts';

export function optionBlock(options: readonly ProgramOption[]): Block {
  return options.map(({ names, placeholder, summary, value }) => {
    const choices = typeof value === 'object' && 'oneOf' in value ? value.oneOf : [];
    const listed = choices.filter((word) => !summary.includes(word)).length > 0;
    return [
      `${names.join(', ')} ${placeholder}`.trimEnd(),
      `${sentence(summary)}${listed ? ` One of ${choices.join(', ')}.` : ''}`,
    ] as const;
  });
}

/** A section for each heading that the help has. */
export function optionSections(options: readonly ProgramOption[]): readonly Section[] {
  const groups = [...new Set(options.map(({ group = '' }) => group))];
  return groups.map((group) => ({
    heading: group === '' ? 'OPTIONS' : group.replace(/:$/, '').toUpperCase(),
    blocks: [optionBlock(options.filter((option) => (option.group ?? '') === group))],
  }));
}

export function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?]$/.test(first) ? first : `${first}.`;
}

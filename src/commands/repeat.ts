/** The command that does the same again. */
import type { Answers, QuestionKey } from '../questions/questions.ts';
import { repeatCommand } from '../ui/repeat-command.ts';
import type { CommandContext } from './command.ts';

export function repeatOf(
  { program, verb, options, arguments: words }: CommandContext,
  answers: Answers,
  questions: readonly QuestionKey[],
): string {
  const { root, platform, templates } = options;
  const run = { program, verb, arguments: words, answers, questions };
  return repeatCommand({ ...run, root, platform, templates });
}

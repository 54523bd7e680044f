/** The command that does the same again. */
import type { HostFacts } from '../../plan/facts.ts';
import { questionsThatApply } from '../../questions/answers.ts';
import type { Answers, QuestionKey } from '../../questions/questions.ts';
import { repeatCommand } from '../../ui/repeat-command.ts';
import type { CommandContext } from '../command.ts';
import { questionFacts } from './question-facts.ts';

/** @param questions those whose flags the verb takes; what these answers make needless is left out */
export function repeatOf(
  { host, program, verb, options, arguments: words }: CommandContext,
  facts: HostFacts,
  answers: Answers,
  questions: readonly QuestionKey[],
): string {
  const { root, platform, templates } = options;
  const apply = questionsThatApply(questionFacts(host, facts), answers);
  const told = questions.filter((key) => apply.includes(key));
  const run = { program, verb, arguments: words, answers, questions: told };
  return repeatCommand({ ...run, root, platform, templates });
}

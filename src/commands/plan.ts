/** `milter-setup plan`: what the wizard would do, shown only. */
import { offeredFacts } from '../plan/repositories.ts';
import { carryOut } from './run/carry-out.ts';
import type { CommandContext } from './command.ts';
import { gatherAnswers, wishFrom } from './answers/gather-answers.ts';
import { repeatOf } from './answers/repeat.ts';
import { SETUP_QUESTIONS } from './verb-questions.ts';

export async function run(context: CommandContext): Promise<number> {
  const dry = { ...context, options: { ...context.options, dryRun: true, yes: true } };
  const facts = await offeredFacts(context.host, context.options.platform);
  const { answers } = await gatherAnswers(dry, facts, SETUP_QUESTIONS);
  return await carryOut(dry, {
    facts,
    wish: wishFrom(answers, { on: answers.milters }),
    answers,
    repeat: repeatOf(context, facts, answers, SETUP_QUESTIONS),
  });
}

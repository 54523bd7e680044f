/** The wizard: on a fresh host it sets everything up; on one that is set up it shows what is there and changes it. */
import type { HostFacts } from '../plan/facts.ts';
import { offeredFacts } from '../plan/repositories.ts';
import type { Answers } from '../questions/questions.ts';
import { carryOut } from './run/carry-out.ts';
import { changeSetUp } from './wizard/change-set-up.ts';
import type { CommandContext } from './command.ts';
import type { Undertaking } from './run/decide.ts';
import { gatherAnswers, wishFrom } from './answers/gather-answers.ts';
import { repeatOf } from './answers/repeat.ts';
import { isSetUp } from './run/set-up.ts';
import { SETUP_QUESTIONS } from './verb-questions.ts';
import { showFound } from './wizard/found.ts';

export async function run(context: CommandContext): Promise<number> {
  const facts = await offeredFacts(context.host, context.options.platform);
  showFound(context, facts);
  const given = Object.keys(context.given.flags).length > 0 || context.given.file !== undefined;
  if (isSetUp(context, facts) && context.ui.interactive && !given) {
    return await changeSetUp(context, facts);
  }
  return await carryOut(context, await firstSetUp(context, facts));
}

/** @param before answers that are to be changed */
async function firstSetUp(
  context: CommandContext,
  facts: HostFacts,
  before?: Answers,
): Promise<Undertaking> {
  const { answers, conflictsSettled } = await gatherAnswers(context, facts, SETUP_QUESTIONS, {
    ...(before && { before }),
  });
  const off = facts.milters
    .filter(({ milter, detected }) => detected?.enabled && !answers.milters.includes(milter.name))
    .map(({ milter }) => milter.name);
  return {
    facts,
    wish: wishFrom(answers, { on: answers.milters, off: isSetUp(context, facts) ? off : [] }),
    answers,
    repeat: repeatOf(context, facts, answers, SETUP_QUESTIONS),
    edit: () => firstSetUp(context, facts, answers),
    conflictsSettled,
  };
}

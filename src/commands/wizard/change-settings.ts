/** Other answers for a host that is set up: what was set up stays on. */
import type { HostFacts } from '../../plan/facts.ts';
import type { Answers } from '../../questions/questions.ts';
import type { CommandContext } from '../command.ts';
import type { Undertaking } from '../run/decide.ts';
import { gatherAnswers, wishFrom } from '../answers/gather-answers.ts';
import { repeatOf } from '../answers/repeat.ts';
import { setUpBefore } from '../run/set-up.ts';
import { SETTINGS_QUESTIONS, SETUP_QUESTIONS } from '../verb-questions.ts';

/** The questions about settings, for the milters that are on. */
export async function otherSettings(
  context: CommandContext,
  facts: HostFacts,
  enabled: readonly string[],
  before?: Answers,
): Promise<Undertaking> {
  const { answers } = await gatherAnswers(context, facts, SETTINGS_QUESTIONS, {
    milters: enabled,
    ...(before && { before }),
  });
  return {
    ...asAnswered(context, facts, enabled, answers),
    edit: () => otherSettings(context, facts, enabled, answers),
  };
}

/** The milters that are on, set up with these answers. */
export function asAnswered(
  context: CommandContext,
  facts: HostFacts,
  enabled: readonly string[],
  answers: Answers,
): Undertaking {
  return {
    facts,
    wish: wishFrom(answers, { on: enabled, setUpBefore: setUpBefore(context, facts) }),
    answers: { ...answers, milters: enabled },
    repeat: repeatOf(context, facts, { ...answers, milters: enabled }, SETUP_QUESTIONS),
    // They run together now.
    conflictsSettled: true,
  };
}

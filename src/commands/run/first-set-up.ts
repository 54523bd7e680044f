/** All questions of the set-up, and the wish that follows from them: for the wizard, and for the plan that shows it. */
import type { HostFacts } from '../../plan/facts.ts';
import type { Answers } from '../../questions/questions.ts';
import { gatherAnswers, wishFrom, type Gathered } from '../answers/gather-answers.ts';
import { repeatOf } from '../answers/repeat.ts';
import type { CommandContext } from '../command.ts';
import { SETUP_QUESTIONS } from '../verb-questions.ts';
import type { Undertaking } from './decide.ts';
import { isSetUp, setUpBefore } from './set-up.ts';

/** Answers that are to be changed, and which milters were deselected on the way to them. */
interface Before {
  readonly answers: Answers;
  readonly deselected: readonly string[];
}

export async function firstSetUp(
  context: CommandContext,
  facts: HostFacts,
  before?: Before,
): Promise<Undertaking> {
  const gathered = await gatherAnswers(context, facts, SETUP_QUESTIONS, {
    ...(before && { before: before.answers }),
  });
  const withdrawn = withdrawnOf(context, facts, gathered);
  const milters = gathered.answers.milters.filter((name) => !withdrawn.includes(name));
  const answers = { ...gathered.answers, milters };
  const deselected = [...(before?.deselected ?? []), ...gathered.deselected].filter(
    (name) => !milters.includes(name),
  );
  // Whom nobody chose, and nobody deselected, is left as it is: somebody else may have set it up.
  const off = facts.milters
    .map(({ milter, detected }) => (detected?.enabled ? milter.name : ''))
    .filter((name) => deselected.includes(name));
  return {
    facts,
    wish: {
      ...wishFrom(answers, {
        on: milters,
        off: isSetUp(context, facts) ? off : [],
        setUpBefore: setUpBefore(context, facts),
      }),
      withdrawn,
    },
    answers,
    repeat: repeatOf(context, facts, answers, SETUP_QUESTIONS),
    edit: () => firstSetUp(context, facts, { answers, deselected }),
    conflictsSettled: gathered.conflictsSettled,
  };
}

/**
 * Milters that the last run set up, and whose packages somebody has removed since: nobody asks for them by asking for
 * the same again. On a tree packages never come, so that their absence says nothing.
 */
function withdrawnOf(
  context: CommandContext,
  facts: HostFacts,
  { answers, sources }: Gathered,
): readonly string[] {
  if (sources.milters !== 'last run' || !facts.knowsRunning || !isSetUp(context, facts)) return [];
  return facts.milters
    .filter(({ setup, installed, detected }) => setup && !installed && detected === undefined)
    .map(({ milter }) => milter.name)
    .filter((name) => answers.milters.includes(name));
}

/** Answers by the verb's questions, in the way the options ask for. */
import { conflictsOf } from '../../plan/conflicts.ts';
import type { HostFacts } from '../../plan/facts.ts';
import type { Wish } from '../../plan/wish.ts';
import { saveAnswersFile } from '../../questions/answers-file.ts';
import { answersAsTexts, resolveAnswers, type AnswerSource } from '../../questions/answers.ts';
import type { Question, QuestionFacts, Suggestion } from '../../questions/question.ts';
import type { AnswerValue } from '../../questions/question.ts';
import { type Answers, type QuestionKey, settingsOf } from '../../questions/questions.ts';
import type { CommandContext } from '../command.ts';
import { questionFacts } from './question-facts.ts';
import { agreeToConflicts } from '../run/respect-conflicts.ts';
import { notTakenOver } from '../run/respect-predecessor.ts';
import { isSetUp } from '../run/set-up.ts';

export interface Asking {
  /** Where they are not asked for: those that the questions are about. */
  readonly milters?: readonly string[];
  /** Answers that are to be changed: every question is asked again, with these suggested. */
  readonly before?: Answers;
}

export interface Gathered {
  readonly answers: Answers;
  readonly sources: Readonly<Record<QuestionKey, AnswerSource>>;
  /** Milters that were suggested at a prompt, and left out there. */
  readonly deselected: readonly string[];
  /** Milters that do the same work were agreed to when they were chosen. */
  readonly conflictsSettled: boolean;
}

/**
 * Asks the questions named by `ask`; the others keep the last answer or the default.
 * @throws SetupError
 */
export async function gatherAnswers(
  context: CommandContext,
  facts: HostFacts,
  ask: readonly QuestionKey[],
  { milters, before }: Asking = {},
): Promise<Gathered> {
  const { host, options, given, ui } = context;
  const found = questionFacts(host, facts);
  const known = before === undefined ? found : { ...found, lastRun: answersAsTexts(before) };
  const typed = before === undefined ? given : { flags: {}, environment: {} };
  const flags = milters ? { ...typed.flags, milters: milters.join(',') } : typed.flags;
  let conflictsSettled = false;
  let suggestedMilters: readonly string[] = [];
  const { answers, sources } = await resolveAnswers({ ...typed, flags }, known, {
    ask,
    mode: options.yes ? 'defaults' : ui.interactive ? 'prompt' : 'refuse',
    ...(before !== undefined && { lastRunIs: 'your answer before' }),
    prompt: async (question, suggestion) => {
      if (question.key === 'milters') {
        conflictsSettled = true;
        suggestedMilters = suggestion.value as readonly string[];
        return await askForMilters(context, facts, question, suggestion, known);
      }
      const value = await ui.ask(question, suggestion, known);
      if (question.key === 'take-over' && value === false) throw notTakenOver();
      return value;
    },
  });
  if (options.saveAnswers !== undefined) saveAnswersFile(options.saveAnswers, answers);
  const deselected = suggestedMilters.filter((name) => !answers.milters.includes(name));
  return { answers, sources, deselected, conflictsSettled };
}

/** Until those who do the same work are left out, or agreed to. */
async function askForMilters(
  context: CommandContext,
  facts: HostFacts,
  question: Question,
  suggestion: Suggestion,
  known: QuestionFacts,
): Promise<AnswerValue> {
  for (let suggested = suggestion; ;) {
    const value = await context.ui.ask(question, suggested, known);
    const on = value as readonly string[];
    const others = (suggestion.value as readonly string[]).filter((name) => !on.includes(name));
    const conflicts = conflictsOf(facts, { on, off: isSetUp(context, facts) ? others : [] });
    if (context.options.force || (await agreeToConflicts(context, conflicts))) return value;
    suggested = { value, origin: 'what you chose just now; leave one of them out' };
  }
}

/** The wish that follows from the answers. */
export function wishFrom(
  answers: Answers,
  {
    on = [],
    off = [],
    remove = [],
    setUpBefore = [],
  }: Partial<Pick<Wish, 'on' | 'off' | 'remove' | 'setUpBefore'>>,
): Wish {
  return {
    on,
    setUpBefore,
    keep: answers['keep-settings'].filter((name) => [...on, ...setUpBefore].includes(name)),
    takeOver: answers['take-over'],
    off,
    remove,
    ...settingsOf(answers),
  };
}

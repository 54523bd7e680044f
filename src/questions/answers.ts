/** Where answers come from: flag > answers file > environment > prompt, last run or default. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import type { AnswersFile } from './answers-file.ts';
import { formatAnswer, parseAnswer } from './parse.ts';
import type { AnswerValue, Question, QuestionFacts, Suggestion } from './question.ts';
import type { Answers, QuestionKey } from './questions.ts';
import { QUESTIONS } from './questions.ts';

/** Answers as texts by key, in the layers in which they were given. */
export interface GivenAnswers {
  readonly flags: Readonly<Record<string, string>>;
  readonly file?: AnswersFile;
  readonly environment: Readonly<Record<string, string>>;
}

export type AnswerSource =
  'flag' | 'answers file' | 'environment' | 'last run' | 'default' | 'prompt';

export interface ResolvedAnswers {
  readonly answers: Answers;
  readonly sources: Readonly<Record<QuestionKey, AnswerSource>>;
}

export interface ResolveOptions {
  /** The questions that this verb asks; the others keep the last run's answer or the default. All where not given. */
  readonly ask?: readonly QuestionKey[];
  /**
   * `prompt` asks what was not given; `defaults` (`--yes`) takes the last run's answer or the default; `refuse`
   * (`--no-input`, no terminal) takes the last run's answer and stops where there is none.
   */
  readonly mode: 'prompt' | 'defaults' | 'refuse';
  /** Asks one question; suggested is the last run's answer or the default. */
  readonly prompt: (
    question: Question,
    suggestion: Suggestion,
    facts: QuestionFacts,
  ) => Promise<AnswerValue>;
  /** What `facts.lastRun` is: the last run where not given. */
  readonly lastRunIs?: string;
}

/**
 * Every question's answer and where it came from.
 * @throws SetupError `bad-answer` for a value that is not accepted, `missing-answers` naming all that are missing
 */
export async function resolveAnswers(
  given: GivenAnswers,
  facts: QuestionFacts,
  options: ResolveOptions,
): Promise<ResolvedAnswers> {
  const answers: Record<string, AnswerValue> = {};
  const sources: Record<string, AnswerSource> = {};
  const missing: { question: Question; suggested: AnswerValue }[] = [];
  const readings = new Map(
    QUESTIONS.map((question) => [question.key, readGiven(question, given, facts)]),
  );
  for (const question of QUESTIONS) {
    const keep = (value: AnswerValue, source: AnswerSource): void => {
      answers[question.key] = value;
      sources[question.key] = source;
    };
    const explicit = readings.get(question.key);
    if (explicit) {
      keep(explicit.value, explicit.source);
      continue;
    }
    const last = fromLastRun(question, facts);
    const suggested = last ?? question.default(facts);
    const asked =
      question.advanced !== true &&
      (options.ask?.includes(question.key) ?? true) &&
      (question.when?.(facts, answers) ?? true);
    if (asked && options.mode === 'prompt') {
      const origin =
        last === undefined
          ? (facts.foundIn?.[question.key] ?? question.origin(facts))
          : (options.lastRunIs ?? 'the last run');
      keep(await options.prompt(question, { value: suggested, origin }, facts), 'prompt');
      continue;
    }
    // A default may be no answer: a domain that no file of the host tells.
    const none =
      last === undefined && 'problem' in parseAnswer(question, formatAnswer(suggested), facts);
    if (asked && (none || (options.mode === 'refuse' && last === undefined)))
      missing.push({ question, suggested });
    keep(suggested, last === undefined ? 'default' : 'last run');
  }
  if (missing.length > 0) throw missingAnswers(missing);
  return {
    answers: answers as unknown as Answers,
    sources: sources as Record<QuestionKey, AnswerSource>,
  };
}

/** The questions that matter with these answers: nobody signs mail, so nobody needs a domain. */
export function questionsThatApply(facts: QuestionFacts, answers: Answers): readonly QuestionKey[] {
  return QUESTIONS.filter((question) => question.when?.(facts, { ...answers }) ?? true).map(
    ({ key }) => key,
  );
}

/** The texts of answers by key, for the next run's `facts.lastRun`. */
export function answersAsTexts(answers: Answers): Readonly<Record<string, string>> {
  return Object.fromEntries(QUESTIONS.map(({ key }) => [key, formatAnswer(answers[key])]));
}

function readGiven(
  question: Question & { readonly key: QuestionKey },
  given: GivenAnswers,
  facts: QuestionFacts,
): { value: AnswerValue; source: AnswerSource } | undefined {
  const { key, flag, env } = question;
  const layers: readonly [AnswerSource, string | undefined, string][] = [
    ['flag', given.flags[key], flag],
    ['answers file', given.file?.values[key], `${given.file?.path ?? ''}: ${key}`],
    ['environment', given.environment[key], env],
  ];
  for (const [source, text, place] of layers) {
    if (text === undefined) continue;
    const parsed = parseAnswer(question, text, facts);
    if ('value' in parsed) return { value: parsed.value, source };
    const accepted = parsed.accepted === undefined ? {} : { hint: `accepted: ${parsed.accepted}` };
    throw new SetupError({
      code: 'bad-answer',
      message: `${place}: ${parsed.problem}`,
      ...accepted,
      exitCode: EXIT.usage,
    });
  }
  return undefined;
}

/** A last answer that is not accepted any more (a milter that is no longer offered) counts as none. */
function fromLastRun(question: Question, facts: QuestionFacts): AnswerValue | undefined {
  const text = facts.lastRun?.[question.key];
  if (text === undefined) return undefined;
  const parsed = parseAnswer(question, text, facts);
  return 'value' in parsed ? parsed.value : undefined;
}

function missingAnswers(
  missing: readonly { question: Question; suggested: AnswerValue }[],
): SetupError {
  const flags = missing.map(
    // Where there is no default, what is to be written there.
    ({ question, suggested }) =>
      `${question.flag} ${formatAnswer(suggested) || question.placeholder}`,
  );
  return new SetupError({
    code: 'missing-answers',
    message: `these answers are missing, and nobody can be asked: ${missing
      .map(({ question }) => question.flag)
      .join(', ')}`,
    hint: `give them, or --yes to take the defaults:\n  ${flags.join(' ')}`,
    exitCode: EXIT.usage,
  });
}

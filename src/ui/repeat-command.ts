/** The command that does the same again without asking. */
import { formatAnswer } from '../questions/parse.ts';
import type { Answers, QuestionKey } from '../questions/questions.ts';
import { QUESTIONS } from '../questions/questions.ts';
import { quoteArgv } from './shell-words.ts';

export interface RepeatedRun {
  /** How the program was started: `milter-setup`, or by npx. */
  readonly program: readonly string[];
  /** Empty for the wizard. */
  readonly verb: string;
  readonly arguments: readonly string[];
  readonly answers: Answers;
  /** The questions whose flags the verb takes. */
  readonly questions: readonly QuestionKey[];
  readonly root?: string | undefined;
  readonly platform?: string | undefined;
  readonly templates?: string | undefined;
}

/** `milter-setup --milters ... --yes`: every answer as a flag, so that a later default changes nothing. */
export function repeatCommand(run: RepeatedRun): string {
  const flags = QUESTIONS.filter(({ key }) => run.questions.includes(key)).flatMap((question) => [
    question.flag,
    formatAnswer(run.answers[question.key]),
  ]);
  const option = (flag: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [flag, value];
  return quoteArgv([
    ...run.program,
    ...(run.verb === '' ? [] : [run.verb]),
    ...run.arguments,
    ...option('--root', run.root),
    ...option('--platform', run.platform),
    ...option('--templates', run.templates),
    ...flags,
    '--yes',
  ]);
}

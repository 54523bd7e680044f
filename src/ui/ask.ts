/** Prompts: the only importer of inquirer. Ctrl-C and the end of the input become a SetupError `cancelled`. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import { formatAnswer, parseAnswer } from '../questions/parse.ts';
import type { AnswerValue, Question, QuestionFacts } from '../questions/question.ts';
import type { Style } from './style.ts';
import { promptTheme } from './prompt-theme.ts';
import { wrap } from './wrap.ts';

export interface Option<Value extends string> {
  readonly value: Value;
  readonly title: string;
  readonly summary?: string;
}

export interface Prompter {
  /** Asks one question; `suggested` is preselected. */
  ask(question: Question, suggested: AnswerValue, facts: QuestionFacts): Promise<AnswerValue>;
  confirm(message: string, suggested: boolean): Promise<boolean>;
  select<Value extends string>(
    message: string,
    options: readonly Option<Value>[],
    suggested?: Value,
  ): Promise<Value>;
  checkbox<Value extends string>(
    message: string,
    options: readonly Option<Value>[],
    suggested?: readonly Value[],
  ): Promise<readonly Value[]>;
}

export interface PromptStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly style: Style;
  /** Aborted by SIGTERM: the prompt ends. */
  readonly signal: AbortSignal;
}

export function createPrompter(streams: PromptStreams): Prompter {
  const { style } = streams;
  const theme = promptTheme(style);
  const put = <Value>(prompt: Record<string, unknown>): Promise<Value> =>
    promptOnce<Value>({ ...prompt, theme }, streams);
  return {
    async ask(question, suggested, facts) {
      streams.output.write(`\n${style.paint('dim', wrap(question.explanation, style.columns))}\n`);
      const read = (value: AnswerValue): AnswerValue => {
        const parsed = parseAnswer(question, formatAnswer(value), facts);
        return 'value' in parsed ? parsed.value : value;
      };
      return read(await put<AnswerValue>(promptFor(question, suggested, facts)));
    },
    confirm: (message, suggested) => put<boolean>({ type: 'confirm', message, default: suggested }),
    select: (message, options, suggested) =>
      put({ type: 'select', message, default: suggested, choices: options.map(toChoice) }),
    checkbox: (message, options, suggested = []) =>
      put({ type: 'checkbox', message, default: suggested, choices: options.map(toChoice) }),
  };
}

/** The inquirer prompt of a question. */
function promptFor(
  question: Question,
  suggested: AnswerValue,
  facts: QuestionFacts,
): Record<string, unknown> {
  const { message } = question;
  const check = (value: AnswerValue): true | string => {
    const parsed = parseAnswer(question, formatAnswer(value), facts);
    if ('value' in parsed) return true;
    return parsed.accepted === undefined
      ? parsed.problem
      : `${parsed.problem} (${parsed.accepted})`;
  };
  switch (question.type) {
    case 'checkbox':
      return {
        type: 'checkbox',
        message,
        default: suggested,
        choices: question.choices(facts).map(toChoice),
        validate: (picked: readonly { value: string }[]) => check(picked.map(({ value }) => value)),
      };
    case 'choice':
      return {
        type: 'select',
        message,
        default: suggested,
        choices: question.choices(facts).map(toChoice),
      };
    case 'confirm':
      return { type: 'confirm', message, default: suggested };
    case 'number':
    case 'list':
    case 'text':
      return { type: 'input', message, default: formatAnswer(suggested), validate: check };
  }
}

function toChoice({ value, title, summary }: Option<string>): Record<string, unknown> {
  return {
    value,
    name: title,
    short: value,
    ...(summary === undefined ? {} : { description: summary }),
  };
}

async function promptOnce<Value>(
  prompt: Record<string, unknown>,
  { input, output, signal }: PromptStreams,
): Promise<Value> {
  // A closed input leaves inquirer's promise open for ever; the process would end as if all were well.
  const closed = new AbortController();
  const close = (): void => closed.abort();
  process.once('beforeExit', close);
  // Loaded here, so that runs without prompts start without it.
  const { default: inquirer } = await import('inquirer');
  const ask = inquirer.createPromptModule({
    input,
    output,
    signal: AbortSignal.any([signal, closed.signal]),
  });
  try {
    const answers: { answer: unknown } = await ask([{ ...prompt, name: 'answer' }] as never);
    return answers.answer as Value;
  } catch (error) {
    if (error instanceof Error && /^(ExitPrompt|AbortPrompt|CancelPrompt)Error$/.test(error.name)) {
      throw new SetupError({
        code: 'cancelled',
        message: 'cancelled; nothing was changed',
        exitCode: EXIT.cancelled,
        cause: error,
      });
    }
    throw error;
  } finally {
    process.removeListener('beforeExit', close);
  }
}

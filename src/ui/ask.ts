/** Prompts: the only importer of inquirer. Ctrl-C and the end of the input become a SetupError `cancelled`. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import { formatAnswer, parseAnswer } from '../questions/parse.ts';
import type { AnswerValue, Question, QuestionFacts, Suggestion } from '../questions/question.ts';
import type { Style } from './style.ts';
import { promptTheme } from './prompt-theme.ts';
import { wrap } from './wrap.ts';

export interface Option<Value extends string> {
  readonly value: Value;
  readonly title: string;
  readonly summary?: string;
  /** The first stands for it once it is chosen. */
  readonly aliases?: readonly string[];
}

/** One of a few things to do, by a key: `[v]iew diffs`. */
export interface Action<Value extends string> {
  /** Its first letter is the key. */
  readonly value: Value;
  readonly title: string;
}

export interface Prompter {
  /** Asks one question; what is suggested is preselected. */
  ask(question: Question, suggestion: Suggestion, facts: QuestionFacts): Promise<AnswerValue>;
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
  /** Nothing is preselected: a key, then Enter. */
  menu<Value extends string>(actions: readonly Action<Value>[]): Promise<Value>;
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
    async ask(question, { value: suggested, origin }, facts) {
      const { columns } = style;
      streams.output.write(
        `\n${style.paint('dim', wrap(question.explanation, columns))}\n` +
          `${wrap(`${isTyped(question) ? 'Suggested' : 'Preselected'}: ${origin}.`, columns)}\n`,
      );
      const read = (value: AnswerValue): AnswerValue => {
        const parsed = parseAnswer(question, formatAnswer(value), facts);
        return 'value' in parsed ? parsed.value : value;
      };
      return read(await put<AnswerValue>(promptFor(question, suggested, facts, style)));
    },
    confirm: (message, suggested) => put<boolean>({ type: 'confirm', message, default: suggested }),
    select: (message, options, suggested) =>
      put({ type: 'select', message, default: suggested, ...choicesFor(options, style) }),
    checkbox: (message, options, suggested = []) =>
      put({
        type: 'checkbox',
        message,
        default: suggested,
        required: true,
        ...choicesFor(options, style),
      }),
    async menu(actions) {
      const named = (typed: string) => actions.find(({ value }) => value[0] === typed.trim()[0]);
      const keys = actions.map(({ value }) => value[0]);
      const typed = await put<string>({
        type: 'input',
        message: actions.map(({ title }) => `[${title[0]}]${title.slice(1)}`).join(', '),
        validate: (text: string) =>
          named(text) !== undefined || `type ${keys.join(', ')}, then Enter`,
      });
      return named(typed)!.value;
    },
  };
}

/** Whether the answer is typed, and not chosen. */
function isTyped({ type }: Question): boolean {
  return type === 'number' || type === 'list' || type === 'text';
}

/** The inquirer prompt of a question. */
function promptFor(
  question: Question,
  suggested: AnswerValue,
  facts: QuestionFacts,
  style: Style,
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
        ...choicesFor(question.choices(facts), style),
        validate: (picked: readonly { value: string }[]) => check(picked.map(({ value }) => value)),
      };
    case 'choice':
      return {
        type: 'select',
        message,
        default: suggested,
        ...choicesFor(question.choices(facts), style),
      };
    case 'confirm':
      return { type: 'confirm', message, default: suggested };
    case 'number':
    case 'list':
    case 'text':
      return { type: 'input', message, default: formatAnswer(suggested), validate: check };
  }
}

/** All on the screen where it can hold them, a line each. */
function choicesFor(
  options: readonly Option<string>[],
  { columns, unicode }: Style,
): Record<string, unknown> {
  // The pointer and the mark of a checkbox stand before it.
  const room = columns - (unicode ? 4 : 6);
  const choices = options.map(({ value, title, summary, aliases }) => ({
    value,
    name: fitted(title, room, unicode ? '…' : '...'),
    short: aliases?.[0] ?? value,
    ...(summary !== undefined && { description: wrap(summary, columns) }),
  }));
  return { choices, pageSize: 12, loop: false };
}

function fitted(text: string, room: number, cut: string): string {
  return text.length <= room ? text : `${text.slice(0, room - cut.length)}${cut}`;
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

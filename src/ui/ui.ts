/** What commands say and ask. Results go to standard output; with --json that is JSON, and prose goes to standard error. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import type { AnswerValue, Question, QuestionFacts, Suggestion } from '../questions/question.ts';
import type { Action, Option, Prompter } from './ask.ts';
import { createPrompter } from './ask.ts';
import type { Progress } from './progress.ts';
import { createProgress } from './progress.ts';
import type { Style } from './style.ts';

export interface Ui {
  readonly style: Style;
  /** Whether somebody can be asked. */
  readonly interactive: boolean;
  /** Prose, a newline added where there is none; `brief` is what --quiet leaves of it: nothing where not given. */
  print(text: string, brief?: string): void;
  /** A warning on standard error. */
  warn(text: string): void;
  /** With --json: the result, once, on standard output. Otherwise nothing. */
  result(value: object): void;
  /** What is suggested is preselected. @throws SetupError `missing-answers` where nobody can be asked, `cancelled` */
  ask(question: Question, suggestion: Suggestion, facts: QuestionFacts): Promise<AnswerValue>;
  /** True with --yes. @throws SetupError `missing-answers` where nobody can be asked, `cancelled` */
  confirm(message: string, suggested: boolean): Promise<boolean>;
  /** `suggested` with --yes. @throws SetupError `missing-answers` where nobody can be asked, `cancelled` */
  select<Value extends string>(
    message: string,
    options: readonly Option<Value>[],
    suggested: Value,
  ): Promise<Value>;
  /** Several of the options; `suggested` with --yes. @throws as `select` */
  checkbox<Value extends string>(
    message: string,
    options: readonly Option<Value>[],
    suggested: readonly Value[],
  ): Promise<readonly Value[]>;
  /** One of a few things to do, by its key. Somebody must be there. @throws as `select` */
  menu<Value extends string>(actions: readonly Action<Value>[]): Promise<Value>;
  /** Shows steps as they are made: its `report` is for apply; `finish` it before anything is printed. */
  progress(): Progress;
}

export interface UiSetup {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly errors: NodeJS.WriteStream;
  readonly style: Style;
  readonly interactive: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
  /** Only what went wrong, and results. Who is asked sees all that there is to decide on. */
  readonly quiet?: boolean;
  readonly signal: AbortSignal;
}

export function createUi(setup: UiSetup): Ui {
  const { input, output, errors, style, interactive, signal } = setup;
  const prose = setup.json ? errors : output;
  const quiet = setup.quiet === true && !interactive;
  const prompter = createPrompter({ input, output: prose, style, signal });
  const put = <Value>(
    message: string,
    confirmed: Value,
    prompt: (prompter: Prompter) => Promise<Value>,
  ): Promise<Value> => {
    if (setup.yes) return Promise.resolve(confirmed);
    return interactive ? prompt(prompter) : Promise.reject(nobodyThere(message));
  };
  return {
    style,
    interactive,
    print: (text, brief = '') => {
      const said = quiet ? brief : text;
      if (!quiet || said !== '') prose.write(said.endsWith('\n') ? said : `${said}\n`);
    },
    warn: (text) => errors.write(`${style.paint('yellow', `${style.marks.warn} ${text}`)}\n`),
    result: (value) => {
      if (setup.json) output.write(`${JSON.stringify(value, undefined, 2)}\n`);
    },
    ask: (question, suggestion, facts) =>
      put(question.message, suggestion.value, (ask) => ask.ask(question, suggestion, facts)),
    confirm: (message, suggested) => put(message, true, (ask) => ask.confirm(message, suggested)),
    select: (message, options, suggested) =>
      put(message, suggested, (ask) => ask.select(message, options, suggested)),
    checkbox: (message, options, suggested) =>
      put(message, suggested, (ask) => ask.checkbox(message, options, suggested)),
    menu: (actions) =>
      interactive
        ? prompter.menu(actions)
        : Promise.reject(nobodyThere(actions.map(({ title }) => title).join(', '))),
    progress: () => createProgress({ output: prose, style, verbose: setup.verbose, quiet }),
  };
}

function nobodyThere(message: string): SetupError {
  return new SetupError({
    code: 'missing-answers',
    message: `nobody can be asked: ${message}`,
    hint: 'give --yes to take the defaults and confirm, or --dry-run to look only',
    exitCode: EXIT.usage,
  });
}

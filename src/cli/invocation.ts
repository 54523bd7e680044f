/** What was typed, understood: the verb, its arguments, global options, and the answers given by flag. */
import type { GlobalOptions } from '../commands/command.ts';
import type { Verb } from '../commands/verbs.ts';
import { camelCase, QUESTIONS } from '../questions/questions.ts';
import type { ColorWhen } from '../ui/style.ts';

export interface Invocation {
  readonly verb: Verb;
  readonly arguments: readonly string[];
  readonly options: GlobalOptions;
  readonly verbOptions: Readonly<Record<string, string | true>>;
  /** Texts by question key. */
  readonly flags: Readonly<Record<string, string>>;
  /** The path of `--answers`. */
  readonly answers?: string;
  readonly color: ColorWhen;
}

/** From commander's option values, in camel case. */
export function toInvocation(
  verb: Verb,
  words: readonly string[],
  values: Readonly<Record<string, unknown>>,
  verbOptions: Readonly<Record<string, string | true>>,
): Invocation {
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const present = (key: string, value: string | undefined): object =>
    value === undefined ? {} : { [key]: value };
  return {
    verb,
    arguments: words,
    options: {
      ...present('root', text('root')),
      ...present('platform', text('platform')),
      ...present('templates', text('templates')),
      ...present('saveAnswers', text('saveAnswers')),
      dryRun: values['dryRun'] === true,
      yes: values['yes'] === true,
      noInput: values['input'] === false,
      json: values['json'] === true,
      force: values['force'] === true,
      replaceMta: values['replaceMta'] === true,
      verbose: values['verbose'] === true,
      quiet: values['quiet'] === true,
      ...present('log', text('log')),
    },
    verbOptions,
    flags: Object.fromEntries(
      // As commander names an option's value: `--default-action` is `defaultAction`.
      QUESTIONS.flatMap(({ key }) => {
        const value = text(camelCase(key));
        return value === undefined ? [] : [[key, value]];
      }),
    ),
    ...present('answers', text('answers')),
    color: values['color'] === false ? 'never' : ((text('color') ?? 'auto') as ColorWhen),
  };
}

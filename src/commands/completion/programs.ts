/** The three programs' options in one form: completion scripts and manual pages are made of it. */
import type { Command, Option } from 'commander';
import { managerCommand } from '../../manager/program/command-line.ts';
import { MILTERS } from '../../milters/milters.ts';
import type { QuestionFacts } from '../../questions/question.ts';
import { QUESTIONS } from '../../questions/questions.ts';
import { testServerCommand } from '../../tester/options.ts';
import { VERDICTS } from '../../tester/result.ts';
import { GLOBAL_OPTIONS } from '../command.ts';

/** What may follow an option: a word of a kind that shells know, one of these, or several of them with commas between. */
export type Value =
  | 'none'
  | 'any'
  | 'file'
  | 'directory'
  | 'user'
  | 'group'
  | { readonly oneOf: readonly string[] }
  | { readonly someOf: readonly string[] };

export interface ProgramOption {
  /** `-s` and `--connection-spec`. */
  readonly names: readonly string[];
  /** As the help writes it: `<spec>`, `[when]`; empty where nothing follows. */
  readonly placeholder: string;
  readonly summary: string;
  readonly value: Value;
  /** The heading that it stands under, where it has one. */
  readonly group?: string;
}

/** Names that a milter goes by. */
export const MILTER_NAMES = [...new Set(MILTERS.flatMap(({ name, short }) => [name, short]))];

const NO_FACTS: QuestionFacts = { release: '', offered: [] };

/** By placeholder: what commander's table does not say. */
const VALUES: Readonly<Record<string, Value>> = {
  '': 'none',
  '<file>': 'file',
  '<path>': 'file',
  '<dir>': 'directory',
  '<user>': 'user',
  '<group>': 'group',
  '<statuses>': { someOf: VERDICTS },
  '[when]': { oneOf: ['yes', 'no', 'auto'] },
};

/** From a table of ours: `-y, --yes`, `--root <dir>`. */
export function optionOf(option: {
  readonly flags: string;
  readonly summary: string;
  readonly choices?: readonly string[];
}): ProgramOption {
  const [names = '', placeholder = ''] = option.flags.split(/ (?=[<[])/);
  return {
    names: names.split(', '),
    placeholder,
    summary: option.summary,
    value: option.choices ? { oneOf: option.choices } : (VALUES[placeholder] ?? 'any'),
  };
}

/** Those that every verb of milter-setup takes. */
export const COMMON_OPTIONS: readonly ProgramOption[] = [
  ...GLOBAL_OPTIONS.map(optionOf),
  optionOf({ flags: '-h, --help', summary: 'print this help' }),
  optionOf({ flags: '-V, --version', summary: 'print the version' }),
];

/** The flags of the questions. */
export const QUESTION_OPTIONS = QUESTIONS.map((question) => ({
  ...optionOf({ flags: `${question.flag} <${question.placeholder}>`, summary: question.summary }),
  key: question.key,
  value: valueOf(question),
}));

function valueOf(question: (typeof QUESTIONS)[number]): Value {
  switch (question.type) {
    case 'checkbox':
      return { someOf: MILTER_NAMES };
    case 'choice':
      return { oneOf: question.choices(NO_FACTS).map(({ value }) => value) };
    case 'confirm':
      return { oneOf: ['yes', 'no'] };
    case 'number':
    case 'list':
    case 'text':
      return 'any';
  }
}

export const managerOptions = (): readonly ProgramOption[] => optionsOf(managerCommand(''));

export const testServerOptions = (): readonly ProgramOption[] => optionsOf(testServerCommand(''));

function optionsOf(command: Command): readonly ProgramOption[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option: Option) => ({
      ...optionOf({
        flags: option.flags,
        summary: option.description,
        ...(option.argChoices !== undefined && { choices: option.argChoices }),
      }),
      ...(option.helpGroupHeading !== undefined && { group: option.helpGroupHeading }),
    }));
}

/** Completion for fish. */
import { argumentsOfVerb } from './words.ts';
import {
  COMMON_OPTIONS,
  managerOptions,
  optionOf,
  type ProgramOption,
  QUESTION_OPTIONS,
  testServerOptions,
  type Value,
} from './programs.ts';
import { VERBS } from '../verbs.ts';

export function fishScript(): string {
  return [
    ...setupLines(),
    ...plainLines('milter-manager', managerOptions()),
    ...plainLines('milter-test-server', testServerOptions()),
    '',
  ].join('\n');
}

function setupLines(): readonly string[] {
  const line = 'complete -c milter-setup';
  const seen = (words: readonly string[]): string =>
    `__fish_seen_subcommand_from ${words.join(' ')}`;
  const names = VERBS.map(({ name }) => name);
  return [
    `${line} -f`,
    ...VERBS.map(
      ({ name, summary }) => `${line} -n "not ${seen(names)}" -a ${name} -d ${quoted(summary)}`,
    ),
    ...COMMON_OPTIONS.map((option) => `${line} ${fishOption(option)}`),
    ...QUESTION_OPTIONS.map((option) => {
      const others = VERBS.filter(({ questions }) => !questions.includes(option.key));
      return `${line} -n "not ${seen(others.map(({ name }) => name))}" ${fishOption(option)}`;
    }),
    ...VERBS.flatMap((verb) => {
      const where = `${line} -n "${seen([verb.name])}"`;
      const words = argumentsOfVerb(verb);
      return [
        ...verb.options.map((option) => `${where} ${fishOption(optionOf(option))}`),
        ...(words.length > 0 ? [`${where} -a "${words.join(' ')}"`] : []),
      ];
    }),
  ];
}

function plainLines(program: string, options: readonly ProgramOption[]): readonly string[] {
  const line = `complete -c ${program}`;
  return [`${line} -f`, ...options.map((option) => `${line} ${fishOption(option)}`)];
}

function fishOption({ names, summary, value }: ProgramOption): string {
  const flags = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${quoted(name.slice(1))}`,
  );
  return `${flags.join(' ')}${follows(value)} -d ${quoted(summary)}`;
}

function follows(value: Value): string {
  switch (value) {
    case 'none':
      return '';
    case 'any':
      return ' -x';
    case 'file':
    case 'directory':
      return ' -r -F';
    case 'user':
      return ' -x -a "(__fish_complete_users)"';
    case 'group':
      return ' -x -a "(__fish_complete_groups)"';
    default:
      return 'oneOf' in value
        ? ` -x -a "${value.oneOf.join(' ')}"`
        : ` -x -a "(__fish_append , ${value.someOf.join(' ')})"`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

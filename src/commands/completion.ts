/** Completion scripts, made from the tables of verbs, options and questions. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import { MILTERS } from '../milters/milters.ts';
import type { QuestionFacts } from '../questions/question.ts';
import { QUESTIONS } from '../questions/questions.ts';
import type { RunCommand } from './command.ts';
import { GLOBAL_OPTIONS } from './command.ts';
import type { Verb } from './verbs.ts';
import { SHELLS, VERBS, WIZARD } from './verbs.ts';

interface Completed {
  /** `--root`, and `-y` where there is one. */
  readonly names: readonly string[];
  readonly summary: string;
  /** What follows it: nothing, a file, a directory, one of these words, or anything. */
  readonly value: 'none' | 'file' | 'directory' | 'any' | readonly string[];
}

const NO_FACTS: QuestionFacts = { release: '', offered: [] };
const NAMES = [...new Set(MILTERS.flatMap(({ name, short }) => [name, short]))];

export const run: RunCommand = ({ arguments: [shell = ''], ui }) => {
  const script = completionScript(shell);
  ui.print(script, script);
  return Promise.resolve(EXIT.ok);
};

function completionScript(shell: string): string {
  switch (shell as (typeof SHELLS)[number]) {
    case 'bash':
      return bashCompletion();
    case 'zsh':
      return `#compdef milter-setup\nautoload -U +X bashcompinit && bashcompinit\n${bashCompletion()}`;
    case 'fish':
      return fishCompletion();
    default:
      throw new SetupError({
        code: 'usage',
        message: `no completion for the shell "${shell}"`,
        hint: `accepted: ${SHELLS.join(', ')}`,
        exitCode: EXIT.usage,
      });
  }
}

/** For bash 3 and later; zsh reads it through bashcompinit. */
export function bashCompletion(): string {
  const values = [...new Map(allOptions().map((option) => [option.names.join('|'), option]))]
    .filter(([, { value }]) => value !== 'none')
    .map(([names, { value }]) => `    ${names}) COMPREPLY=(${bashValue(value)}); return ;;`);
  const verbs = VERBS.map(({ name }) => name).join('|');
  const flags = VERBS.map((verb) => `      ${verb.name}) words="${optionWords(verb)}" ;;`);
  const words = VERBS.map((verb) => `    ${verb.name}) words="${argumentsOf(verb).join(' ')}" ;;`);
  return `_milter_setup() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} verb= word words
  case $prev in
${values.join('\n')}
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in ${verbs}) verb=$word; break ;; esac
  done
  if [ "\${cur#-}" != "$cur" ]; then
    case $verb in
${flags.join('\n')}
      *) words="${optionWords(WIZARD)}" ;;
    esac
  else
    case $verb in
${words.join('\n')}
    *) words="${VERBS.map(({ name }) => name).join(' ')}" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _milter_setup milter-setup
`;
}

export function fishCompletion(): string {
  const names = VERBS.map(({ name }) => name).join(' ');
  const lines = ['complete -c milter-setup -f'];
  for (const { name, summary } of VERBS) {
    lines.push(
      `complete -c milter-setup -n "not __fish_seen_subcommand_from ${names}" -a ${name} -d ${quoted(summary)}`,
    );
  }
  for (const option of globalOptions())
    lines.push(`complete -c milter-setup ${fishOption(option)}`);
  for (const { key, ...question } of questionOptions()) {
    const verbs = VERBS.filter(({ questions }) => !questions.includes(key)).map(({ name }) => name);
    const where = `-n "not __fish_seen_subcommand_from ${verbs.join(' ')}"`;
    lines.push(`complete -c milter-setup ${where} ${fishOption(question)}`);
  }
  for (const verb of VERBS) {
    const where = `-n "__fish_seen_subcommand_from ${verb.name}"`;
    for (const option of verb.options) {
      lines.push(`complete -c milter-setup ${where} ${fishOption(completed(option))}`);
    }
    const words = argumentsOf(verb);
    if (words.length > 0) lines.push(`complete -c milter-setup ${where} -a "${words.join(' ')}"`);
  }
  return `${lines.join('\n')}\n`;
}

function allOptions(): readonly Completed[] {
  return [
    ...globalOptions(),
    ...questionOptions(),
    ...VERBS.flatMap((verb) => verb.options.map(completed)),
  ];
}

function globalOptions(): readonly Completed[] {
  return [
    ...GLOBAL_OPTIONS.map(completed),
    completed({ flags: '-h, --help', summary: 'print this help' }),
    completed({ flags: '-V, --version', summary: 'print the version' }),
  ];
}

function questionOptions(): readonly (Completed & {
  readonly key: (typeof QUESTIONS)[number]['key'];
})[] {
  return QUESTIONS.map((question) => ({
    key: question.key,
    names: [question.flag],
    summary: question.summary,
    value:
      question.type === 'checkbox'
        ? NAMES
        : question.type === 'choice'
          ? question.choices(NO_FACTS).map(({ value }) => value)
          : 'any',
  }));
}

/** From a flag as commander reads it: `-y, --yes`, `--root <dir>`. */
function completed(option: {
  flags: string;
  summary: string;
  choices?: readonly string[];
}): Completed {
  const [names = '', placeholder = ''] = option.flags.split(/ (?=<)/);
  const kind = placeholder === '<dir>' ? 'directory' : placeholder === '<file>' ? 'file' : 'any';
  return {
    names: names.split(', '),
    summary: option.summary,
    value: option.choices ?? (placeholder === '' ? 'none' : kind),
  };
}

function optionWords(verb: Verb): string {
  const questions = questionOptions().filter(({ key }) => verb.questions.includes(key));
  return [...globalOptions(), ...questions, ...verb.options.map(completed)]
    .flatMap(({ names }) => names)
    .join(' ');
}

function argumentsOf(verb: Verb): readonly string[] {
  if (verb.name === 'help') return [...(verb.completes ?? []), ...VERBS.map(({ name }) => name)];
  return verb.completes === 'milters' ? NAMES : (verb.completes ?? []);
}

function bashValue(value: Completed['value']): string {
  if (value === 'file') return '$(compgen -f -- "$cur")';
  if (value === 'directory') return '$(compgen -d -- "$cur")';
  return typeof value === 'string' ? '' : `$(compgen -W "${value.join(' ')}" -- "$cur")`;
}

function fishOption({ names, summary, value }: Completed): string {
  const flags = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const follows =
    value === 'none'
      ? ''
      : value === 'file' || value === 'directory'
        ? ' -r -F'
        : value === 'any'
          ? ' -x'
          : ` -x -a "${value.join(' ')}"`;
  return `${flags.join(' ')}${follows} -d ${quoted(summary)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}

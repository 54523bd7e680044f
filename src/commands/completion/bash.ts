/** Completion for bash 3 and later; zsh reads it through bashcompinit. */
import { argumentsOfVerb, optionsOfAllVerbs, optionsOfVerb } from './words.ts';
import { managerOptions, type ProgramOption, testServerOptions, type Value } from './programs.ts';
import { VERBS, WIZARD } from '../verbs.ts';

export function bashScript(): string {
  return [
    setupFunction(),
    plainFunction('milter-manager', managerOptions()),
    plainFunction('milter-test-server', testServerOptions()),
  ].join('\n');
}

function setupFunction(): string {
  const names = VERBS.map(({ name }) => name);
  const flags = VERBS.map(
    (verb) => `      ${verb.name}) words="${namesOf(optionsOfVerb(verb))}" ;;`,
  );
  const words = VERBS.map(
    (verb) => `      ${verb.name}) words="${argumentsOfVerb(verb).join(' ')}" ;;`,
  );
  return `_milter_setup() {
  local verb= words head= at
${wordAtHand()}
${valueCases(optionsOfAllVerbs())}
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in ${names.join('|')}) verb=\${COMP_WORDS[at]}; break ;; esac
  done
  if [ "\${cur#-}" != "$cur" ]; then
    case $verb in
${flags.join('\n')}
      *) words="${namesOf(optionsOfVerb(WIZARD))}" ;;
    esac
  else
    case $verb in
${words.join('\n')}
      *) words="${names.join(' ')}" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _milter_setup milter-setup
`;
}

function plainFunction(program: string, options: readonly ProgramOption[]): string {
  const name = `_${program.replaceAll('-', '_')}`;
  return `${name}() {
  local head=
${wordAtHand()}
${valueCases(options)}
  COMPREPLY=($(compgen -W "${namesOf(options)}" -- "$cur"))
}
complete -F ${name} ${program}
`;
}

/** `--color=never` comes as three words. */
function wordAtHand(): string {
  return `  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  if [ "$cur" = = ]; then cur=
  elif [ "$prev" = = ]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $cur in *,*) head=\${cur%,*}, ;; esac`;
}

function valueCases(options: readonly ProgramOption[]): string {
  const cases = options
    .filter(({ value }) => value !== 'none')
    .map(({ names, value }) => `    ${names.join('|')}) COMPREPLY=(${words(value)}); return ;;`);
  return `  case $prev in\n${cases.join('\n')}\n  esac`;
}

function words(value: Value): string {
  switch (value) {
    case 'none':
    case 'any':
      return '';
    case 'file':
      return '$(compgen -f -- "$cur")';
    case 'directory':
      return '$(compgen -d -- "$cur")';
    case 'user':
      return '$(compgen -u -- "$cur")';
    case 'group':
      return '$(compgen -g -- "$cur")';
    default:
      return 'oneOf' in value
        ? `$(compgen -W "${value.oneOf.join(' ')}" -- "$cur")`
        : `$(compgen -P "$head" -W "${value.someOf.join(' ')}" -- "\${cur##*,}")`;
  }
}

function namesOf(options: readonly ProgramOption[]): string {
  return options.flatMap(({ names }) => names).join(' ');
}

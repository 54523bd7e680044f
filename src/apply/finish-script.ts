/** What is left to do on a host of which only a copy of its files was at hand: a shell script that runs as it is. Pure. */
import type { Change, Command, Requirement, RunCommands, WriteFile } from '../change/change.ts';
import type { MakeDirectory } from '../change/change.ts';

/** The script's own usage: the directory that the copy lies in is its argument. */
const HEAD = `#!/bin/sh
# Finishes on the host what milter-setup prepared in a copy of its files. As root: sh -e finish.sh DIRECTORY
# DIRECTORY is where that copy lies; its changed files are put in their places, in the order of the plan.
set -e
tree=\${1:?usage: sh -e finish.sh DIRECTORY}
exists() { for each; do [ ! -e "$each" ] || return 0; done; return 1; }
warn() { echo "warning: $*" >&2; }
# Runs the rest as the first user but root who has a directory on the way to $1: a link of theirs gets no rights of root's.
as_holder_of() {
  at= rest=\${1#/} who=0
  shift
  while [ -n "$rest" ] && [ "$who" = 0 ]; do
    name=\${rest%%/*}
    rest=\${rest#"$name"} rest=\${rest#/}
    [ -d "$at/$name" ] || break
    at=$at/$name
    who=$(ls -ldn "$at/." | awk '{ print $3 }')
  done
  user=$(awk -F: -v uid="$who" '$3 == uid { print $1; exit }' /etc/passwd)
  if [ "$who" = 0 ]; then "$@"
  elif command -v runuser >/dev/null; then runuser -s /bin/sh -c 'exec "$0" "$@"' -- "$user" "$@"
  else su -m "$user" -c 'exec "$0" "$@"' "$@"; fi
}
`;

/** @param changes in their order; files as they are in the tree by now */
export function finishScript(changes: readonly Change[]): string {
  return `${HEAD}${changes.map((change) => `\n${stepOf(change)}`).join('')}`;
}

function stepOf(change: Change): string {
  const lines = linesOf(change);
  if (lines.length === 0) return '';
  return `# ${change.title}\n${change.requires ? required(change.requires, lines) : lines.join('\n')}\n`;
}

function linesOf(change: Change): readonly string[] {
  switch (change.kind) {
    case 'write-file':
      return fileLines(change);
    case 'make-directory':
      return directoryLines(change);
    case 'install-packages':
    case 'create-group':
    case 'create-user':
    case 'join-group':
    case 'service':
    case 'check':
    case 'prove':
    case 'prove-asked':
    case 'run':
      return commandLines(change);
  }
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

/** A file that is there keeps its owner and mode, unless the change names others. */
function fileLines({ path, before, after, mode, owner }: WriteFile): readonly string[] {
  const at = quote(path);
  if (after === undefined) return [`rm -f ${at}`];
  const isNew = before === undefined;
  const own = owner ? `${owner.user}:${owner.group}` : isNew ? '0:0' : undefined;
  const modeLine = mode ?? (isNew ? 0o644 : undefined);
  return [
    `cp "$tree"${at} ${at}`,
    ...(own === undefined ? [] : [`chown ${quote(own)} ${at}`]),
    ...(modeLine === undefined ? [] : [`chmod ${octal(modeLine)} ${at}`]),
  ];
}

function directoryLines({ path, mode, owner }: MakeDirectory): readonly string[] {
  const at = quote(path);
  return [
    `mkdir -p ${at}`,
    `chown ${quote(`${owner.user}:${owner.group}`)} ${at}`,
    `chmod ${octal(mode)} ${at}`,
  ];
}

/** As in a run: a program that checks and is not there is no failure. */
function commandLines({ kind, commands }: RunCommands): readonly string[] {
  return commands.map((command) =>
    kind === 'check'
      ? commandLine({
          ...command,
          meanings: { 127: `not checked: there is no ${command.argv[0]}` },
        })
      : commandLine(command),
  );
}

function commandLine(command: Command): string {
  const { onlyIf } = command;
  const line = tolerant(command);
  return onlyIf === undefined ? line : `if ${words(onlyIf)}; then ${line}; fi`;
}

/** With `sh -e` a failure ends the script; what is tolerated becomes a warning. */
function tolerant({
  argv,
  environment = {},
  asHolderOf,
  tolerated,
  meanings,
  patience = 0,
}: Command): string {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${quote(value)}`);
  const holder = asHolderOf === undefined ? [] : ['as_holder_of', quote(asHolderOf)];
  const plain = [
    ...holder,
    ...(variables.length > 0 ? ['env', ...variables] : []),
    words(argv),
  ].join(' ');
  if (patience > 0) {
    const wait = `[ $n -gt 0 ] || exit 1; n=$((n - 1)); sleep 1`;
    return `n=${patience}; until ${plain}; do ${wait}; done`;
  }
  const otherwise = tolerated === undefined ? 'exit $?' : `warn ${quote(tolerated)}`;
  if (meanings === undefined) return tolerated === undefined ? plain : `${plain} || ${otherwise}`;
  const cases = Object.entries(meanings).map(
    ([code, text]) => `${code}) ${text === undefined ? ':' : `warn ${quote(text)}`} ;;`,
  );
  return `${plain} || case $? in ${cases.join(' ')} *) ${otherwise} ;; esac`;
}

function required(
  { anyOf, otherwise, finish, instead }: Requirement,
  lines: readonly string[],
): string {
  const indented = (list: readonly string[]): readonly string[] => list.map((line) => `  ${line}`);
  return [
    // Not quoted: the last component may hold a pattern.
    `if exists ${anyOf.join(' ')}; then`,
    ...indented(lines),
    'else',
    `  warn ${quote(`${otherwise}; to finish later: ${finish}`)}`,
    ...indented((instead?.commands ?? []).map(commandLine)),
    'fi',
  ].join('\n');
}

const words = (argv: readonly string[]): string => argv.map(quote).join(' ');

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

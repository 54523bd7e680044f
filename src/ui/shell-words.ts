/** Commands as lines that can be pasted into sh. Shown only; nothing is ever run through a shell. */
import type { Command } from '../change/change.ts';

/** One word, quoted where a POSIX shell would read anything into it. */
export function quoteWord(word: string): string {
  // Some shells expand a word that starts with =.
  if (/^[\w@%+:,./-][\w@%+:,./=-]*$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

export function quoteArgv(argv: readonly string[]): string {
  const [program = '', ...rest] = argv;
  // A first word with = would be an assignment.
  const first = program.includes('=')
    ? `'${program.replaceAll("'", `'\\''`)}'`
    : quoteWord(program);
  return [first, ...rest.map(quoteWord)].join(' ');
}

/** With its environment before it: `DEBIAN_FRONTEND=noninteractive apt-get install ...`. */
export function quoteCommand(command: Command): string {
  const assignments = Object.entries(command.environment ?? {}).map(
    ([name, value]) => `${name}=${quoteWord(value)}`,
  );
  return [...assignments, quoteArgv(command.argv)].join(' ');
}

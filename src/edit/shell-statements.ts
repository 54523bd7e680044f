/**
 * Assignments of a sh file, and which of them an editor may touch: `KEY=word` alone on its line, outside `if`,
 * `case`, loops, functions and subshells. The others are told apart, because they may win over ours.
 */

import { EditError } from './format.ts';
import { lexShell, type Token } from './shell-lexer.ts';
import { lineNumberAt } from './text.ts';

export interface Assignment {
  readonly key: string;
  /** The value as it is written, quotes included. */
  readonly word: string;
  readonly start: number;
  /** Where the value begins: the word's end less its length. */
  readonly wordStart: number;
  readonly end: number;
  /** plain: ours to edit; sequence: `export`, or among `;`; nested: it may run or not. */
  readonly shape: 'plain' | 'sequence' | 'nested';
}

export interface ShellFile {
  readonly assignments: readonly Assignment[];
  /** Comments outside any block. */
  readonly comments: readonly Token[];
  /** Offsets of `exit`, `return` and `exec` outside any block: nothing behind them is read. */
  readonly leaves: readonly number[];
  /** Offsets of `. file` and `source file`. */
  readonly includes: readonly number[];
}

const OPENS: Readonly<Record<string, string>> = {
  if: 'fi',
  while: 'done',
  until: 'done',
  for: 'done',
  select: 'done',
  case: 'esac',
  '{': '}',
};
const GOES_ON = new Set(['then', 'else', 'elif', 'do', '!', 'time']);
/** What is set for these alone stays set (POSIX 2.14). */
const SPECIAL =
  /^(?::|\.|break|continue|eval|exec|exit|export|readonly|return|set|shift|times|trap|unset)$/;
const DECLARES = new Set(['export', 'readonly', 'declare', 'typeset', 'local']);

/** @throws EditError where the text does not parse as sh as far as blocks and quotes go */
export function parseShell(text: string): ShellFile {
  const assignments: Assignment[] = [];
  const comments: Token[] = [];
  const leaves: number[] = [];
  const includes: number[] = [];
  const blocks: { readonly close: string; readonly start: number }[] = [];
  let command: Token[] = [];
  let opener: Token | undefined;

  const finish = (closer: Token | undefined): void => {
    const [first] = command;
    if (first !== undefined) {
      const between = opener === undefined || opener.kind === 'newline';
      const after = closer === undefined || closer.kind === 'newline';
      const joined = [opener, closer].some((t) => t !== undefined && /^[&|]/.test(t.text));
      const nested = blocks.length > 0 || joined;
      const alone = between && after && command.length === 1;
      assignments.push(...assignmentsOf(command, nested ? 'nested' : alone ? 'plain' : 'sequence'));
      if (!nested && /^(?:exit|return|exec)$/.test(first.text)) leaves.push(first.start);
      if (/^(?:\.|source)$/.test(first.text)) includes.push(first.start);
    }
    command = [];
    opener = closer;
  };

  const tokens = lexShell(text);
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'comment') {
      if (blocks.length === 0) comments.push(token);
    } else if (token.kind === 'newline') finish(token);
    else if (token.kind === 'operator' && !/^[<>]/.test(token.text)) {
      // A `;` at the end of the line separates nothing.
      const next = tokens[index + 1];
      if (token.text === ';' && (next === undefined || /newline|comment/.test(next.kind))) continue;
      finish(token);
      if (token.text === '(') blocks.push({ close: ')', start: token.start });
      // Without its `(`, it ends a pattern of `case`.
      if (token.text === ')' && blocks.at(-1)?.close === ')') blocks.pop();
    } else if (command.length === 0 && token.text === blocks.at(-1)?.close) blocks.pop();
    else if (command.length === 0 && Object.hasOwn(OPENS, token.text)) {
      blocks.push({ close: OPENS[token.text]!, start: token.start });
      if (['for', 'case', 'select'].includes(token.text)) command.push(token);
      else opener = token;
    } else if (token.text === '{' && command[0]?.text === 'function') {
      blocks.push({ close: '}', start: token.start });
      command = [];
      opener = token;
    } else if (command.length === 0 && GOES_ON.has(token.text)) opener = token;
    else command.push(token);
  }
  finish(undefined);
  const open = blocks.at(-1);
  if (open !== undefined) {
    throw new EditError(`a block has no "${open.close}"`, lineNumberAt(text, open.start));
  }
  return { assignments, comments, leaves, includes };
}

function assignmentsOf(command: readonly Token[], shape: Assignment['shape']): Assignment[] {
  const declares = DECLARES.has(command[0]!.text);
  const parsed = command.map((token) => /^([A-Za-z_]\w*)(\+?)=([^]*)$/.exec(token.text));
  const program = command.find((_, index) => parsed[index] === null);
  const stays = program === undefined || SPECIAL.test(program.text);
  return command.flatMap((token, index) => {
    const found = parsed[index];
    if (found !== null && found !== undefined && (stays || declares)) {
      const [, key = '', plus = '', word = ''] = found;
      const wordStart = token.end - word.length;
      return [
        {
          key,
          word,
          start: token.start,
          wordStart,
          end: token.end,
          shape: plus === '' ? shape : 'nested',
        },
      ];
    }
    const key =
      command[0]!.text === 'unset' && index > 0
        ? token.text
        : /\$\{([A-Za-z_]\w*):?=/.exec(token.text)?.[1];
    if (key === undefined) return [];
    const { start, end } = token;
    return [{ key, word: '', start, wordStart: end, end, shape: 'nested' as const }];
  });
}

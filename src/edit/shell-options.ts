/**
 * Options that a shell variable hands to a daemon, merged one by one: `OPTIONS="-I -- -u me"` keeps what is the host's,
 * and gets ours before ` -- `, over all lines that add to the variable.
 */
import { EditError, type OptionGrammar, type OptionRules } from './format.ts';
import { addOption, type FoundOption, readOptions } from './option-string.ts';
import { type Assignment, parseShell } from './shell-statements.ts';
import { refersToItself, wordValue } from './shell-word.ts';
import { lineNumberAt } from './text.ts';

/** An assignment that counts, and the options in it. */
interface Piece {
  readonly assignment: Assignment;
  readonly inner: string;
  readonly quote: string;
  readonly dashes: number | undefined;
  /** None where all of it stands behind the ` -- ` of a line before. */
  readonly options: readonly FoundOption[];
}

/**
 * The text with the template's options in it; undefined where the variable is not set in a way that can be merged, so
 * that it is to be set as a whole.
 * @throws EditError where its options cannot be told apart
 */
export function putOptions(
  text: string,
  want: Pick<Assignment, 'key' | 'word'>,
  rules: OptionRules,
  notes: string[],
): string | undefined {
  const { key } = want;
  const template = (wordValue(want.word, () => '') ?? '').trim();
  const wanted = readOptions(template, rules.grammar).options.filter(({ name }) =>
    [...rules.adds, ...rules.sets].includes(name),
  );
  const before = piecesOf(text, key, rules.grammar);
  if (before === undefined) return undefined;
  const isPlain = before.every(({ dashes }) => dashes === undefined);
  const isNew = wanted.every(({ name }) => findLast(before, name) === undefined);
  // A line of its own behind the package's, as its comments propose.
  if (isPlain && isNew && refersToItself(want)) return undefined;

  let result = text;
  for (const option of wanted) {
    const pieces = piecesOf(result, key, rules.grammar)!;
    const written = template.slice(option.word, option.end);
    const found = findLast(pieces, option.name);
    if (found === undefined) {
      const piece = pieces.find(({ dashes }) => dashes !== undefined) ?? pieces.at(-1)!;
      result = replaceInner(result, piece, addOption(piece.inner, written, rules.grammar));
      continue;
    }
    const [piece, { value, word, start, end }] = found;
    if (value === option.value) continue;
    if (rules.sets.includes(option.name)) {
      const put = `${value === undefined ? ' ' : ''}${option.value ?? ''}`;
      const inner = piece.inner.slice(0, start) + put + piece.inner.slice(end);
      result = replaceInner(result, piece, inner);
    } else {
      notes.push(`${key} has ${piece.inner.slice(word, end)}, and keeps it: ours is ${written}`);
    }
  }
  return result;
}

function findLast(
  pieces: readonly Piece[],
  name: string,
): readonly [Piece, FoundOption] | undefined {
  for (const piece of pieces.toReversed()) {
    const option = piece.options.findLast((each) => each.name === name);
    if (option !== undefined) return [piece, option];
  }
  return undefined;
}

/** The last assignment that sets it anew, and those that add to it. */
function piecesOf(text: string, key: string, grammar: OptionGrammar): Piece[] | undefined {
  const { assignments, leaves } = parseShell(text);
  const all = assignments.filter((each) => each.key === key);
  if (all.length === 0 || all.some(({ shape }) => shape !== 'plain')) return undefined;
  const counted = all.slice(
    Math.max(
      0,
      all.findLastIndex((each) => !refersToItself(each)),
    ),
  );
  if (leaves.some((leave) => leave < counted.at(-1)!.start)) return undefined;
  let behind = false;
  return counted.map((assignment) => {
    const [quote, inner] = unquoted(text, assignment);
    const goesOn = new RegExp(`^\\s*\\$\\{?${key}\\b`).test(inner);
    const read = readOptions(inner, grammar);
    const isBehind = behind && goesOn;
    behind ||= read.dashes !== undefined;
    return isBehind
      ? { assignment, inner, quote, dashes: undefined, options: [] }
      : { assignment, inner, quote, ...read };
  });
}

/** @throws EditError for a word of several pieces, which nothing can be put into safely */
function unquoted(text: string, { key, word, start }: Assignment): readonly [string, string] {
  const [, quote = '', inner = ''] =
    /^(")((?:[^"\\]|\\[^])*)"$/.exec(word) ?? /^(')([^']*)'$/.exec(word) ?? [];
  if (quote !== '') return [quote, inner];
  if (/^[^\s"'\\`]*$/.test(word)) return ['', word];
  throw new EditError(
    `${key} is written in several quotes: its options cannot be told apart`,
    lineNumberAt(text, start),
  );
}

function replaceInner(text: string, { assignment, quote }: Piece, inner: string): string {
  if (quote === "'" && inner.includes("'")) {
    throw new EditError(`${assignment.key} stands in ' quotes, which an option cannot be put into`);
  }
  const quotes = quote === '' && /\s/.test(inner) ? '"' : quote;
  const word = quotes + inner + quotes;
  return text.slice(0, assignment.wordStart) + word + text.slice(assignment.end);
}

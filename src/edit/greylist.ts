/**
 * milter-greylist's greylist.conf. Of equal scalars the last counts; of `racl ... default` the first, and
 * everything behind it is dead, so settings go before it (acl.c of milter-greylist).
 */

import { EditError, type Editor } from './format.ts';
import { isCarriedOn, parseGreylist, type Statement } from './greylist-parse.ts';
import { type LineFormat, mergeLines, type Wanted } from './line-format.ts';
import { insertBlock, lineEnd, splitLines, withByteBlanks } from './text.ts';

export const greylist: Editor = withByteBlanks({
  merge: (text, settings) => mergeLines(text, settings, FORMAT),

  /** The words after the keyword; a lone string without its quotes; for `racl default` all but `default`. */
  read(text: string, key: string): string | undefined {
    const found = winner(parseGreylist(splitLines(text)), key);
    if (found === undefined) return undefined;
    const words = found.words.filter((word) => !key.endsWith(' default') || !isDefault(word));
    const [only = ''] = words;
    return words.length === 1 ? only.replace(/^"(.*)"$/, '$1') : words.join(' ');
  },
});

const FORMAT: LineFormat<Statement> = {
  parse: parseGreylist,
  place: ({ first, last }) => [first, last],
  prepare: endLastLine,
  commentOut,
  put,
};

/** The last line without its newline is a syntax error (milter-greylist 4.6.4). */
function endLastLine(
  lines: readonly string[],
  _template: readonly string[],
  notes: string[],
): string[] {
  const last = lines.at(-1);
  if (last === undefined || lineEnd(last) !== '') return [...lines];
  notes.push('the last line had no line end, which milter-greylist refuses: added');
  return lines.with(-1, `${last}\n`);
}

const isDefault = (word: string): boolean => word.toLowerCase() === 'default';
const firstCounts = (key: string): boolean => /^(?:[rd]acl|list) /.test(key);

function winner(statements: readonly Statement[], key: string): Statement | undefined {
  const is = (statement: Statement): boolean => statement.key === key;
  return firstCounts(key) ? statements.find(is) : statements.findLast(is);
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((word, index) => word === b[index]);

function put(lines: readonly string[], want: Wanted<Statement>, notes: string[]): string[] {
  const statements = parseGreylist(lines);
  const found = winner(statements, want.key);
  if (found === undefined) {
    const commented = commentedLine(lines, want);
    if (commented === undefined) return insertBlock(lines, placeFor(lines, statements, want), want);
    return replaceWords(lines, commented, 0, want);
  }
  const others = statements.filter(({ key }) => key === want.key).length - 1;
  if (others > 0) {
    const which = firstCounts(want.key) ? 'first' : 'last';
    notes.push(
      `${want.key} is given ${others + 1} times: the ${which}, line ${found.first + 1}, counts`,
    );
  }
  if (want.key.endsWith('acl default')) return putDefault(lines, found, want, notes);
  if (same(found.words, want.words)) return [...lines];
  return replaceStatement(lines, found, want);
}

/** Changes the action of the default; its `"id"` stays, and so do its other clauses if the action is right. */
function putDefault(
  lines: readonly string[],
  found: Statement,
  want: Wanted<Statement>,
  notes: string[],
): string[] {
  const clauses = (words: readonly string[]): string[] =>
    (words[0]?.startsWith('"') ? words.slice(1) : words).map((word) => word.toLowerCase());
  const now = clauses(found.words);
  if (now[0] === clauses(want.words)[0]) {
    if (!same(now, clauses(want.words))) {
      notes.push(`line ${found.first + 1}: the other clauses of ${want.key} are kept`);
    }
    return [...lines];
  }
  if (found.first !== found.last || want.first !== want.last) {
    return replaceStatement(lines, found, want);
  }
  const line = lines[found.first]!;
  const [head = ''] = /^\s*\S+\s+(?:"(?:[^"\\]|\\.)*"\s+)?/.exec(line) ?? [];
  const [wantedHead = ''] = /^\s*\S+\s+(?:"(?:[^"\\]|\\.)*"\s+)?/.exec(want.body[0]!) ?? [];
  const clause = want.body[0]!.slice(wantedHead.length, want.stop);
  return lines.with(found.first, head + clause + line.slice(found.stop));
}

/** Writes the wanted words; indentation, the keyword with its blanks, and a comment behind stay. */
function replaceStatement(
  lines: readonly string[],
  found: Statement,
  want: Wanted<Statement>,
): string[] {
  if (found.first === found.last) return replaceWords(lines, found.first, found.stop, want);
  const last = lines[found.last]!;
  const rest = (found.stop === 0 && last.trim() !== '' ? ' ' : '') + last.slice(found.stop);
  const body = want.body.with(-1, want.body.at(-1)!.slice(0, want.stop));
  const added = body.map((text, index) => (index === body.length - 1 ? text + rest : `${text}\n`));
  return [...lines.slice(0, found.first), ...added, ...lines.slice(found.last + 1)];
}

/** `stop` 0 means a commented line: its own text ends where a second `#` begins. */
function replaceWords(
  lines: readonly string[],
  index: number,
  stop: number,
  want: Wanted<Statement>,
): string[] {
  const bare = stop === 0 ? lines[index]!.replace(/#\s?/, '') : lines[index]!;
  const end = stop === 0 ? parseGreylist([bare])[0]!.stop : stop;
  if (want.first !== want.last) {
    const added = want.body.map((text) => `${text}\n`);
    return [...lines.slice(0, index), ...added, ...lines.slice(index + 1)];
  }
  const [head = ''] = /^\s*\S+\s*/.exec(bare.slice(0, end)) ?? [];
  const [wantedHead = ''] = /^\s*\S+\s*/.exec(want.body[0]!) ?? [];
  const words = want.body[0]!.slice(wantedHead.length, want.stop);
  const gap = words !== '' && !/\s$/.test(head) ? ' ' : '';
  return lines.with(index, head + gap + words + bare.slice(end));
}

/** A line such as `#user "postfix"`: a scalar of one line, the `#` right before its keyword. */
function commentedLine(lines: readonly string[], want: Statement): number | undefined {
  if (firstCounts(want.key)) return undefined;
  const found = lines.flatMap((line, index) => {
    if (!/^\s*#[a-z]/i.test(line) || (index > 0 && isCarriedOn(lines[index - 1]!))) return [];
    const statement = tryParse(line.replace('#', ''));
    // Prose such as "#greylist is ..." has another number of words.
    return statement?.key === want.key && statement.words.length <= Math.max(want.words.length, 2)
      ? [{ index, words: statement.words }]
      : [];
  });
  return (found.find(({ words }) => same(words, want.words)) ?? found[0])?.index;
}

function tryParse(line: string): Statement | undefined {
  try {
    return parseGreylist([line])[0];
  } catch (error) {
    if (error instanceof EditError) return undefined;
    throw error;
  }
}

/** Lists before the first racl that could use them, everything else just before the first default, if there is one. */
function placeFor(
  lines: readonly string[],
  statements: readonly Statement[],
  want: Statement,
): number {
  const isAcl = ({ key }: Statement): boolean => /^[rd]?acl\b/.test(key);
  const place = want.key.startsWith('list ')
    ? statements.find(isAcl)
    : statements.find(
        ({ key }) => key === (want.key.startsWith('dacl') ? 'dacl default' : 'racl default'),
      );
  return place?.first ?? lines.length;
}

function commentOut(lines: readonly string[], key: string): string[] {
  const ours = parseGreylist(lines).filter((statement) => statement.key === key);
  return lines.map((line, index) =>
    ours.some(({ first, last }) => index >= first && index <= last) ? `#${line}` : line,
  );
}

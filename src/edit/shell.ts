/**
 * Shell variables: rc.conf, rc.conf.d, sysconfig, default. The last assignment counts. Only `KEY=word` alone on its
 * line and outside any block is edited.
 */

import { EditError, type Edited, type Editor, type Settings } from './format.ts';
import { parseShell, type Assignment, type ShellFile } from './shell-statements.ts';
import { putOptions } from './shell-options.ts';
import { inQuotesOf, refersToItself, wordValue } from './shell-word.ts';
import {
  commentAbove,
  guardText,
  insertBlock,
  lineBody,
  lineNumberAt,
  splitLines,
  withByteBlanks,
} from './text.ts';

interface Wanted extends Assignment {
  readonly body: readonly string[];
  readonly comment: readonly string[];
}

export const shell: Editor = withByteBlanks({
  merge(text: string, settings: Settings): Edited {
    guardText(text);
    const notes: string[] = [];
    let result = text;
    for (const key of settings.commentOut ?? []) result = commentOut(result, key);
    for (const want of wantedOf(settings.text)) {
      const rules = settings.options?.[want.key];
      const merged = rules && putOptions(result, want, rules, notes);
      if (merged !== undefined) result = merged;
      else
        result = refersToItself(want) ? putAddition(result, want) : putValue(result, want, notes);
    }
    parseShell(result);
    return { text: result, notes };
  },

  /**
   * The value after the whole file was read; variables set before in the file are put in, others are empty.
   * What stands in blocks is left out; a word that only a shell can expand is given as written.
   */
  read(text: string, key: string): string | undefined {
    const values = new Map<string, string>();
    for (const { key: name, word, shape } of parseShell(text).assignments) {
      if (shape === 'nested') continue;
      values.set(name, wordValue(word, (variable) => values.get(variable)) ?? word);
    }
    return values.get(key);
  },
});

function wantedOf(template: string): Wanted[] {
  const lines = splitLines(template);
  return parseShell(template).assignments.map((assignment) => {
    const first = lineNumberAt(template, assignment.start) - 1;
    if (assignment.shape !== 'plain') {
      throw new EditError('the template may hold plain KEY="value" lines only', first + 1);
    }
    const last = lineNumberAt(template, assignment.end) - 1;
    const body = lines.slice(first, last + 1).map(lineBody);
    return { ...assignment, body, comment: commentAbove(lines, first) };
  });
}

function replaceWord(text: string, at: Assignment, word: string): string {
  return text.slice(0, at.wordStart) + word + text.slice(at.end);
}

function insertAt(text: string, offset: number, want: Wanted): string {
  const lines = splitLines(text);
  const index = offset >= text.length ? lines.length : lineNumberAt(text, offset) - 1;
  if (isCarriedOn(lines[index - 1])) {
    throw new EditError('a backslash at the end of the line would swallow a new one', index);
  }
  return insertBlock(lines, index, want).join('');
}

/** Whether a backslash joins the line with the next one; in a comment it does not. */
function isCarriedOn(line = ''): boolean {
  return /^[^#]*(?<!\\)(?:\\\\)*\\$/.test(lineBody(line));
}

function putValue(text: string, want: Wanted, notes: string[]): string {
  const file = parseShell(text);
  const all = file.assignments.filter(({ key }) => key === want.key);
  const plain = all.filter((one) => one.shape === 'plain' && !refersToItself(one));
  const additions = all.filter((one) => one.shape === 'plain' && refersToItself(one));
  const foreign = all.filter((one) => one.shape !== 'plain');
  const target = plain.at(-1);
  refuseAfterLeave(text, file, target?.start ?? text.length);
  const line = (one: Assignment): number => lineNumberAt(text, one.start);

  if (target === undefined) {
    const last = foreign.at(-1);
    const [addition] = additions;
    if (addition !== undefined && (last === undefined || last.start < addition.start)) {
      return insertAt(text, addition.start, want);
    }
    if (last !== undefined) {
      notes.push(`line ${line(last)} sets ${want.key} too; the new line behind it counts`);
      return insertAt(text, text.length, want);
    }
    return (
      uncomment(text, want, candidates(text, file, want.key)) ?? insertAt(text, text.length, want)
    );
  }
  const later = foreign.find(({ start }) => start > target.start);
  if (later !== undefined) {
    throw new EditError(
      `${want.key} is set here in a block, by export or among ";", and would win`,
      line(later),
    );
  }
  for (const addition of additions.filter(({ start }) => start > target.start)) {
    notes.push(`line ${line(addition)} adds to ${want.key}: kept`);
  }
  if (file.includes.some((start) => start > target.start)) {
    notes.push(`another file is read behind line ${line(target)}: it may set ${want.key} again`);
  }
  const value = wordValue(want.word);
  const same = value === undefined ? target.word === want.word : wordValue(target.word) === value;
  return same ? text : replaceWord(text, target, inQuotesOf(target.word, want.word));
}

function refuseAfterLeave(text: string, file: ShellFile, offset: number): void {
  const leave = file.leaves.find((start) => start < offset);
  if (leave === undefined) return;
  throw new EditError(
    'the file ends here for sh: nothing behind it is read',
    lineNumberAt(text, leave),
  );
}

/** The same addition but for its numbers: `-r 10` takes the place of `-r 15` instead of following it. */
const withoutNumbers = (word: string): string => word.replace(/\d+(?:\.\d+)?/g, '0');

/**
 * A line that adds to the value: it must stand behind the last line that sets the value anew. The stock line that
 * says the same (but for numbers), commented or not, is that line; otherwise a new one goes behind the last of that key.
 */
function putAddition(text: string, want: Wanted): string {
  const file = parseShell(text);
  const all = file.assignments.filter(({ key }) => key === want.key);
  const anew = all.findLast((one) => !refersToItself(one) || one.shape !== 'plain');
  const behind = anew?.end ?? 0;
  const alike = ({ word }: Assignment): boolean =>
    withoutNumbers(word) === withoutNumbers(want.word);
  const active = all.findLast((one) => one.start >= behind && one.shape === 'plain' && alike(one));
  refuseAfterLeave(text, file, active?.start ?? text.length);
  if (active !== undefined) return replaceWord(text, active, want.word);

  const stock = candidates(text, file, want.key).filter(
    ({ assignment, offset }) => offset > behind && alike(assignment),
  );
  const uncommented = uncomment(text, want, stock);
  if (uncommented !== undefined) return uncommented;
  const last = all.at(-1);
  if (last?.shape !== 'plain') return insertAt(text, text.length, want);
  const next = text.indexOf('\n', last.end);
  return insertAt(text, next < 0 ? text.length : next + 1, want);
}

interface Candidate {
  readonly assignment: Assignment;
  readonly offset: number;
  readonly comment: string;
  readonly bare: string;
}

/** Comment lines that are an assignment of the key: `#KEY=word` or `# KEY="word" # why`, nothing else on the line. */
function candidates(text: string, file: ShellFile, key: string): Candidate[] {
  return file.comments.flatMap(({ text: comment, start: offset }) => {
    const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
    if (text.slice(lineStart, offset).trim() !== '' || !comment.includes(`${key}=`)) return [];
    if (isCarriedOn(splitLines(text.slice(0, lineStart)).at(-1))) return [];
    const bare = comment.replace(/^#[ \t]*/, '');
    const [assignment, ...more] = tryParse(bare)?.assignments ?? [];
    const ours = assignment?.key === key && assignment.shape === 'plain' && assignment.start === 0;
    return ours && more.length === 0 ? [{ assignment, offset, comment, bare }] : [];
  });
}

function tryParse(text: string): ShellFile | undefined {
  try {
    return parseShell(text);
  } catch (error) {
    if (error instanceof EditError) return undefined;
    throw error;
  }
}

/** Brings the best candidate to life: the one with the wanted value, else the first; a comment behind it stays. */
function uncomment(text: string, want: Wanted, found: readonly Candidate[]): string | undefined {
  const value = wordValue(want.word);
  const best =
    found.find(({ assignment }) => value !== undefined && wordValue(assignment.word) === value) ??
    found.find(({ assignment }) => refersToItself(assignment) === refersToItself(want));
  if (best === undefined) return undefined;
  const { offset, comment, bare, assignment } = best;
  const line = replaceWord(bare, assignment, want.word);
  return text.slice(0, offset) + line + text.slice(offset + comment.length);
}

function commentOut(text: string, key: string): string {
  const ours = parseShell(text).assignments.filter(
    (one) => one.key === key && one.shape === 'plain',
  );
  return splitLines(text)
    .map((line, index) => {
      const inside = ours.some(
        ({ start, end }) =>
          lineNumberAt(text, start) <= index + 1 && index + 1 <= lineNumberAt(text, end),
      );
      return inside ? `#${line}` : line;
    })
    .join('');
}

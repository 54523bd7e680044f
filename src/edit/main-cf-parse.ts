/**
 * Logical lines of a Postfix main.cf: a line that begins with whitespace continues the one before, and neither
 * blank nor comment lines end a logical line (readlline.c, split_nameval.c of Postfix).
 */

import { EditError } from './format.ts';
import { lineBody, splitLines } from './text.ts';

export interface Entry {
  readonly key: string;
  /** Both ends trimmed; the parts of continuation lines joined without their line ends, as Postfix reads them. */
  readonly value: string;
  /** Index of the line with the key. */
  readonly first: number;
  /** Index of the last line that holds a part of the value. */
  readonly last: number;
}

export type LineKind = 'comment' | 'blank' | 'continuation' | 'start';

export function kindOf(line: string): LineKind {
  const body = line.trim();
  if (body === '') return 'blank';
  if (body.startsWith('#')) return 'comment';
  return /^\s/.test(line) ? 'continuation' : 'start';
}

/** A logical line, its parts joined without their line ends. */
export interface LogicalLine {
  readonly text: string;
  /** Index of the line that begins it. */
  readonly first: number;
  /** Index of the last line that holds a part of it. */
  readonly last: number;
}

/** Those of main.cf, and of lookup tables, which are written the same way (DATABASE_README). */
export function logicalLines(lines: readonly string[]): LogicalLine[] {
  const found: LogicalLine[] = [];
  for (let first = 0; first < lines.length; first++) {
    // A continuation with nothing before it is dropped by Postfix with a warning.
    if (kindOf(lines[first]!) !== 'start') continue;
    let last = first;
    let text = lineBody(lines[first]!);
    for (let next = first + 1; next < lines.length; next++) {
      const kind = kindOf(lines[next]!);
      if (kind === 'start') break;
      if (kind !== 'continuation') continue;
      text += lineBody(lines[next]!);
      last = next;
    }
    found.push({ text, first, last });
    first = last;
  }
  return found;
}

/**
 * All settings in order; of equal keys the last one counts.
 * @throws EditError where Postfix would stop: a line without `=`, or without a name before it
 */
export function parseMainCf(lines: readonly string[]): Entry[] {
  return logicalLines(lines).map(({ text, first, last }) => ({
    ...splitNameValue(text, first + 1),
    first,
    last,
  }));
}

/** The settings for who only looks at them: none where Postfix would stop, too. */
export function readableSettings(text: string): readonly Entry[] {
  try {
    return parseMainCf(splitLines(text));
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    return [];
  }
}

function splitNameValue(text: string, line: number): { key: string; value: string } {
  const found = /^([^\s=]*)\s*=([^]*)$/.exec(text);
  if (found === null) throw new EditError("no '=' after the name: Postfix stops here", line);
  if (found[1] === '') throw new EditError("no name before '='", line);
  return { key: found[1]!, value: found[2]!.trim() };
}

/** The entry that Postfix uses: the last of that key. */
export function entryOf(entries: readonly Entry[], key: string): Entry | undefined {
  return entries.findLast((entry) => entry.key === key);
}

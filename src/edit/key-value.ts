/**
 * opendkim.conf, opendmarc.conf and their like: `Key value`, keys in any case, `#` begins a comment anywhere, the
 * last of equal keys counts (opendkim 2.11 and opendmarc 1.4.2 were run). A file whose lines
 * are all `Key = value` (pyspf-milter) is read that way.
 */

import { EditError, type Editor } from './format.ts';
import { type LineFormat, mergeLines, type Wanted } from './line-format.ts';
import { insertBlock, lineBody, lineEnd, splitLines, withByteBlanks } from './text.ts';

interface Pair {
  /** In lower case. */
  readonly key: string;
  readonly value: string;
  readonly index: number;
  readonly head: string;
  readonly tail: string;
}

export const keyValue: Editor = withByteBlanks({
  merge: (text, settings) => mergeLines(text, settings, FORMAT),

  read(text: string, key: string): string | undefined {
    // opendkim takes CRLF; to look at a file is not to edit it.
    const lines = splitLines(text.replaceAll('\r\n', '\n'));
    return parsePairs(lines).findLast((pair) => pair.key === key.toLowerCase())?.value;
  },
});

const FORMAT: LineFormat<Pair> = {
  parse: parsePairs,
  place: ({ index }) => [index, index],
  prepare: refuseOtherStyle,
  commentOut,
  put,
};

/** @throws EditError for CRLF: opendmarc takes the carriage return as a part of the value */
function parsePairs(lines: readonly string[]): Pair[] {
  const equals = usesEquals(lines);
  return lines.flatMap((line, index) => {
    const pair = parseLine(line, index, equals);
    if (pair === undefined) return [];
    if (line.includes('\r')) throw new EditError('CRLF line ends', index + 1);
    return [pair];
  });
}

function usesEquals(lines: readonly string[]): boolean {
  const active = lines.filter((line) => /^\s*[^\s#]/.test(line));
  return active.length > 0 && active.every((line) => /^\s*[\w.-]+\s*=/.test(line));
}

/** A template without `=` in a file with it, or the reverse, is for another program. */
function refuseOtherStyle(lines: readonly string[], template: readonly string[]): string[] {
  const [any, wanted] = [lines, template].map((all) => all.some((line) => /^\s*[^\s#]/.test(line)));
  if (!any || !wanted || usesEquals(lines) === usesEquals(template)) return [...lines];
  const style = usesEquals(lines) ? '"Key = value"' : '"Key value"';
  throw new EditError(`the file writes ${style}, unlike the template`);
}

function parseLine(line: string, index: number, equals: boolean): Pair | undefined {
  const body = lineBody(line);
  const text = /^[^#]*/.exec(body)![0].trimEnd();
  const shape = equals ? /^(\s*([^\s=]+)\s*=\s*)(.*)$/ : /^(\s*(\S+)\s*)(.*)$/;
  const [, head = '', key = '', value = ''] = shape.exec(text) ?? [];
  if (key === '') return undefined;
  return { key: key.toLowerCase(), value, index, head, tail: body.slice(text.length) };
}

function put(lines: readonly string[], want: Wanted<Pair>, notes: string[]): string[] {
  const pairs = parsePairs(lines).filter(({ key }) => key === want.key);
  const found = pairs.at(-1);
  if (found === undefined) {
    const commented = commentedLine(lines, want);
    if (commented === undefined) return insertBlock(lines, lines.length, want);
    return setValue(lines, commented, want.value);
  }
  if (pairs.length > 1) {
    notes.push(
      `${want.body[0]!.trim().split(/\s/)[0]!} is given ${pairs.length} times: the last, line ${found.index + 1}, counts`,
    );
  }
  return found.value === want.value ? [...lines] : setValue(lines, found, want.value);
}

function setValue(lines: readonly string[], pair: Pair, value: string): string[] {
  const gap = /[\s=]$/.test(pair.head) ? '' : ' ';
  const end = lineEnd(lines[pair.index]!);
  return lines.with(pair.index, pair.head + gap + value + pair.tail + end);
}

/** A stock line: `#Key value`, or `# Key value` where the value is one word (prose has more). */
function commentedLine(lines: readonly string[], want: Pair): Pair | undefined {
  const equals = usesEquals(lines);
  const found = lines.flatMap((line, index) => {
    const tight = /^\s*#[^\s#]/.test(line);
    if (!tight && !/^\s*#[ \t]+\w/.test(line)) return [];
    const pair = parseLine(line.replace(/#[ \t]*/, ''), index, equals);
    if (pair?.key !== want.key) return [];
    return tight || /^\S+$/.test(pair.value) || pair.value === want.value ? [pair] : [];
  });
  return found.find(({ value }) => value === want.value) ?? found[0];
}

function commentOut(lines: readonly string[], key: string): string[] {
  const equals = usesEquals(lines);
  return lines.map((line, index) =>
    parseLine(line, index, equals)?.key === key.toLowerCase() ? `#${line}` : line,
  );
}

/**
 * clamav-milter.conf, clamd.conf, freshclam.conf: `Key value`, keys case-sensitive, comments only at the start of a
 * line. The first of equal keys counts, so a line put behind it would be ignored; a few keys accumulate
 * (common/optparser.c of ClamAV; tried with clamconf 1.4.6).
 */

import { EditError, type Editor } from './format.ts';
import { type LineFormat, mergeLines, type Wanted } from './line-format.ts';
import { insertBlock, lineBody, lineEnd, splitLines, withByteBlanks } from './text.ts';

/** Keys that may be given many times and then all count (FLAG_MULTIPLE). */
const ACCUMULATING = new Set([
  'ClamdSocket',
  'DatabaseCustomURL',
  'DatabaseMirror',
  'ExcludeDatabase',
  'ExcludePath',
  'ExcludePUA',
  'ExtraDatabase',
  'IncludePUA',
  'LocalNet',
  'OnAccessExcludePath',
  'OnAccessExcludeUID',
  'OnAccessExcludeUname',
  'OnAccessIncludePath',
  'OnAccessMountPath',
  'PrivateMirror',
  'TCPAddr',
]);

interface Option {
  readonly key: string;
  readonly value: string;
  readonly index: number;
  /** Everything of the line before the value, quote included, and everything after. */
  readonly head: string;
  readonly tail: string;
}

export const clamav: Editor = withByteBlanks({
  merge: (text, settings) => mergeLines(text, settings, FORMAT),

  /** The first value; of an accumulating key all values, apart by one blank. */
  read(text: string, key: string): string | undefined {
    const options = parseClamav(splitLines(text)).filter((option) => option.key === key);
    if (options.length === 0) return undefined;
    const counting = ACCUMULATING.has(key) ? options : options.slice(0, 1);
    return counting.map(({ value }) => value).join(' ');
  },
});

const FORMAT: LineFormat<Option> = {
  parse: parseClamav,
  place: ({ index }) => [index, index],
  commentOut,
  put,
};

/** @throws EditError for CRLF: the carriage return would be a part of the value */
function parseClamav(lines: readonly string[]): Option[] {
  return lines.flatMap((line, index) => {
    const option = parseLine(line, index);
    if (option === undefined) return [];
    if (line.includes('\r')) throw new EditError('ClamAV reads no CRLF line ends', index + 1);
    return [option];
  });
}

function parseLine(line: string, index: number): Option | undefined {
  const body = lineBody(line);
  // The line end is one of the two characters that are too few.
  if (line.trimStart().length <= 2 || /^\s*(?:#|Example)/.test(body)) return undefined;
  const [, indent = '', key = '', gap = '', rest = ''] = /^(\s*)(\S+)(\s*)(.*)$/.exec(body) ?? [];
  const quoted = /^"(.*)"/.exec(rest);
  const value = quoted?.[1] ?? rest.trimEnd();
  const head = indent + key + gap + (quoted === null ? '' : '"');
  return { key, value, index, head, tail: body.slice(head.length + value.length) };
}

function put(lines: readonly string[], want: Wanted<Option>, notes: string[]): string[] {
  const options = parseClamav(lines).filter(({ key }) => key === want.key);
  if (options.some(({ value }) => value === want.value) && ACCUMULATING.has(want.key)) {
    return [...lines];
  }
  const found = options[0];
  const commented = commentedLine(lines, want);
  const again = ACCUMULATING.has(want.key) && commented?.value === want.value;
  if (found === undefined || again) {
    if (commented === undefined) return insertBlock(lines, lines.length, want);
    const bare = lines[commented.index]!.replace('#', '');
    return setValue(lines, parseLine(bare, commented.index) ?? want, want.value, commented.index);
  }
  if (ACCUMULATING.has(want.key)) {
    const others = options.map(({ value }) => value).join(', ');
    notes.push(`${want.key}: kept ${others}; every line of it counts`);
    return insertBlock(lines, options.at(-1)!.index + 1, want);
  }
  if (options.length > 1) {
    notes.push(
      `${want.key} is given ${options.length} times: the first, line ${found.index + 1}, counts`,
    );
  }
  if (sameValue(found.value, want.value)) return [...lines];
  return setValue(lines, found, inItsWords(want.value, found.value), found.index);
}

function setValue(
  lines: readonly string[],
  option: Option,
  value: string,
  index: number,
): string[] {
  const head = option.value === '' && !/[\s"]$/.test(option.head) ? `${option.head} ` : option.head;
  return lines.with(index, head + value + option.tail + lineEnd(lines[index]!));
}

/** A stock line: `#Key value`, nothing between the mark and the key (prose has a blank there). */
function commentedLine(lines: readonly string[], want: Option): Option | undefined {
  const found = lines.flatMap((line, index) => {
    const option = /^\s*#[A-Z]/.test(line) ? parseLine(line.replace('#', ''), index) : undefined;
    return option?.key === want.key && !line.includes('\r') ? [option] : [];
  });
  return found.find(({ value }) => value === want.value) ?? found[0];
}

const TRUE = /^(?:yes|true|1)$/i;
const FALSE = /^(?:no|false|0)$/i;

function sameValue(a: string, b: string): boolean {
  return a === b || (TRUE.test(a) && TRUE.test(b)) || (FALSE.test(a) && FALSE.test(b));
}

/** Debian's debconf reads `true` and `false` back from the file, so a file that uses them keeps to them. */
function inItsWords(value: string, old: string): string {
  if (!/^(?:true|false)$/i.test(old)) return value;
  if (TRUE.test(value)) return 'true';
  return FALSE.test(value) ? 'false' : value;
}

function commentOut(lines: readonly string[], key: string): string[] {
  return lines.map((line, index) => {
    const example = key === 'Example' && /^\s*Example/.test(line);
    return example || parseLine(line, index)?.key === key ? `#${line}` : line;
  });
}

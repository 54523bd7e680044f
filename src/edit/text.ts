/** Texts of config files as latin1 strings: what may be edited at all, and their lines with their own ends. */

import { EditError, type Edited, type Editor, type Settings } from './format.ts';

const MAX_BYTES = 1024 * 1024;

/** Control characters that no text file holds; tab, line ends, form feed and escape are let through. */
const BINARY = /[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/;

/**
 * Refuses what cannot be edited as text, whatever its format.
 * @throws EditError for a NUL or other control character, a byte-order mark, more than 1 MB
 */
export function guardText(text: string): void {
  if (text.length > MAX_BYTES) throw new EditError('the file is over 1 MB');
  if (/^(?:\xfe\xff|\xff\xfe|\xef\xbb\xbf)/.test(text)) {
    throw new EditError('the file begins with a byte-order mark', 1);
  }
  const at = text.search(BINARY);
  if (at >= 0) {
    const what = text[at] === '\0' ? 'a NUL byte' : 'a control character';
    throw new EditError(`the file holds ${what}: not text`, lineNumberAt(text, at));
  }
}

/** Stands for the byte 0xA0 while a text is edited: no blank, and no byte. */
const NO_BLANK = '\ue0a0';
const hide = (text: string): string => text.replaceAll('\xa0', NO_BLANK);
const show = (text: string): string => text.replaceAll(NO_BLANK, '\xa0');

/**
 * The same editor for texts with the byte 0xA0, the second one of `\u00e0` in UTF-8: a blank to JavaScript's regular
 * expressions and `trim`, an ordinary character to every program whose files these are.
 */
export function withByteBlanks(editor: Editor): Editor {
  return {
    merge(text: string, settings: Settings): Edited {
      const edited = editor.merge(hide(text), { ...settings, text: hide(settings.text) });
      return { text: show(edited.text), notes: edited.notes.map(show) };
    },
    read(text: string, key: string): string | undefined {
      const value = editor.read(hide(text), hide(key));
      return value === undefined ? undefined : show(value);
    },
  };
}

/** The physical lines, each with its own `\n` or `\r\n`; the last may have none. An empty text has no lines. */
export function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

export function lineBody(line: string): string {
  return line.replace(/\r?\n$/, '');
}

export function lineEnd(line: string): string {
  return /\r?\n$/.exec(line)?.[0] ?? '';
}

/** The line end that most lines of the text have: `\r\n` or `\n`. */
function usualLineEnd(text: string): string {
  const all = text.split('\n').length - 1;
  const crlf = text.split('\r\n').length - 1;
  return crlf * 2 > all ? '\r\n' : '\n';
}

/** 1-based number of the line that holds the character at `offset`. */
export function lineNumberAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** The comment lines that stand directly above `lines[index]`, without their line ends. */
export function commentAbove(lines: readonly string[], index: number, mark = /^\s*#/): string[] {
  let first = index;
  while (first > 0 && mark.test(lines[first - 1]!)) first--;
  return lines.slice(first, index).map(lineBody);
}

/** Lines to be put into a file: a setting, and the comment that the template gives it. */
export interface Block {
  readonly comment: readonly string[];
  readonly body: readonly string[];
}

/**
 * Puts the block before `lines[index]`, in the text's own line ends; at the end it closes an unfinished line first.
 * A comment that stands there already, from an earlier run, is not repeated.
 */
export function insertBlock(lines: readonly string[], index: number, block: Block): string[] {
  const end = usualLineEnd(lines.join(''));
  const before = lines.slice(0, index);
  const last = before.pop();
  if (last !== undefined) before.push(lineEnd(last) === '' ? last + end : last);
  const { length } = block.comment;
  const above = before.slice(-length).map(lineBody);
  const there = length > 0 && block.comment.join('\n') === above.join('\n');
  const apart = index === lines.length && length > 0 && last !== undefined && last.trim() !== '';
  const comment = there ? [] : [...(apart ? [''] : []), ...block.comment];
  const added = [...comment, ...block.body].map((body) => body + end);
  return [...before, ...added, ...lines.slice(index)];
}

/** Without these lines, counted from 1. */
export function withoutLines(text: string, first: number, last = first): string {
  return splitLines(text)
    .toSpliced(first - 1, last - first + 1)
    .join('');
}

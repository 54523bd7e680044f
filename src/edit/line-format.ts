/** What the formats whose settings stand on lines of their own have in common: the order in which a merge goes. */
import type { Edited, Settings } from './format.ts';
import { type Block, commentAbove, guardText, lineBody, splitLines } from './text.ts';

/** A setting that a template asks for: as its format reads it, with its own lines and the comment above them. */
export type Wanted<Setting> = Setting & Block;

export interface LineFormat<Setting> {
  /** The active settings in order. @throws EditError where the text cannot be edited safely */
  parse(lines: readonly string[]): readonly Setting[];
  /** The indices of a setting's first and last line. */
  place(setting: Setting): readonly [first: number, last: number];
  /** What the file needs before anything is put into it. @throws EditError where the template does not fit it */
  prepare?(lines: readonly string[], template: readonly string[], notes: string[]): string[];
  commentOut(lines: readonly string[], key: string, notes: string[]): string[];
  put(lines: readonly string[], want: Wanted<Setting>, notes: string[]): string[];
}

/** A merge for `Editor`: the text is read as a whole before the first change of it. */
export function mergeLines<Setting>(
  text: string,
  settings: Settings,
  format: LineFormat<Setting>,
): Edited {
  guardText(text);
  const notes: string[] = [];
  let lines = splitLines(text);
  format.parse(lines);
  lines = format.prepare?.(lines, splitLines(settings.text), notes) ?? lines;
  for (const key of settings.commentOut ?? []) lines = format.commentOut(lines, key, notes);
  for (const want of wantedOf(settings.text, format)) lines = format.put(lines, want, notes);
  return { text: lines.join(''), notes };
}

/** The settings of a template in order. */
export function wantedOf<Setting>(
  template: string,
  { parse, place }: Pick<LineFormat<Setting>, 'parse' | 'place'>,
): Wanted<Setting>[] {
  const lines = splitLines(template);
  return parse(lines).map((setting) => {
    const [first, last] = place(setting);
    const body = lines.slice(first, last + 1).map(lineBody);
    return { ...setting, body, comment: commentAbove(lines, first) };
  });
}

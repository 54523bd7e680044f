/**
 * The manager's own milter-manager.ini, merged in place so that hand edits and comments stay: `[section]`,
 * `key = value`, comments by `;` or `#`. Sections of one name are one section; the last of equal keys counts.
 */

import { EditError, type Edited, type Editor, type Settings } from './format.ts';
import {
  commentAbove,
  guardText,
  insertBlock,
  lineBody,
  lineEnd,
  splitLines,
  type Block,
  withByteBlanks,
} from './text.ts';

interface IniKey {
  readonly section: string;
  readonly key: string;
  /** As written, less a comment behind it. */
  readonly value: string;
  readonly index: number;
  readonly head: string;
  readonly tail: string;
}

const COMMENT = /^\s*[;#]/;
const SECTION = /^\s*\[([^\]]*)\]\s*(?:[;#].*)?$/;

export const ini: Editor = withByteBlanks({
  merge(text: string, settings: Settings): Edited {
    guardText(text);
    let lines = splitLines(text);
    parseIni(lines);
    for (const key of settings.commentOut ?? []) lines = commentOut(lines, key);
    const template = splitLines(settings.text);
    for (const want of parseIni(template)) {
      const comment = commentAbove(template, want.index, COMMENT);
      lines = put(lines, want, { comment, body: [lineBody(template[want.index]!)] }, template);
    }
    return { text: lines.join(''), notes: [] };
  },

  /** `key` is `section.key`; the section may hold dots, as in `milter.opendkim.enabled`. */
  read(text: string, key: string): string | undefined {
    const found = parseIni(splitLines(text)).findLast((one) => fullKey(one) === key);
    return found && plain(found.value);
  },
});

/** Without its quotes and backslashes. */
function plain(value: string): string {
  return value.replace(/^"(.*)"$|^'(.*)'$/, '$1$2').replace(/\\([;#\\])/g, '$1');
}

const fullKey = ({ section, key }: IniKey): string => (section === '' ? key : `${section}.${key}`);

/** @throws EditError for a `[section` that is not closed */
function parseIni(lines: readonly string[]): IniKey[] {
  let section = '';
  const keys: IniKey[] = [];
  for (const [index, line] of lines.entries()) {
    const body = lineBody(line);
    const name = SECTION.exec(body)?.[1];
    if (name !== undefined) section = name.trim();
    else if (/^\s*\[/.test(body)) throw new EditError('a section has no "]"', index + 1);
    else if (!COMMENT.test(body)) keys.push(...keyOf(body, section, index));
  }
  return keys;
}

/** The value ends at the first `;` or `#` that is neither quoted nor behind a backslash, as the ini package reads it. */
function keyOf(body: string, section: string, index: number): IniKey[] {
  const [, head = '', key = '', rest = ''] = /^(\s*([^=\s][^=]*?)\s*=[ \t]*)(.*)$/.exec(body) ?? [];
  const value = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'(?=\s*$)|(?:[^;#\\]|\\.|\\$)*)/
    .exec(rest)![0]
    .trimEnd();
  return key === '' ? [] : [{ section, key, value, index, head, tail: rest.slice(value.length) }];
}

function put(
  lines: readonly string[],
  want: IniKey,
  block: Block,
  template: readonly string[],
): string[] {
  const found = parseIni(lines).findLast((one) => fullKey(one) === fullKey(want));
  if (found !== undefined)
    return found.value === want.value ? [...lines] : setValue(lines, found, want.value);
  const range = sectionRange(lines, want.section);
  if (range === undefined)
    return insertBlock(lines, lines.length, withSection(block, want, template));
  const commented = commentedKey(lines, range, want);
  if (commented !== undefined) return setValue(lines, commented, want.value);
  return insertBlock(lines, range.end, block);
}

function setValue(lines: readonly string[], at: IniKey, value: string): string[] {
  return lines.with(at.index, at.head + value + at.tail + lineEnd(lines[at.index]!));
}

/** Lines of the last section of that name: behind its header, up to behind its last line that is not blank. */
function sectionRange(
  lines: readonly string[],
  section: string,
): { start: number; end: number } | undefined {
  const headers = lines.flatMap((line, index) => {
    const name = SECTION.exec(lineBody(line))?.[1];
    return name === undefined ? [] : [{ name: name.trim(), index }];
  });
  const at = headers.findLastIndex(({ name }) => name === section);
  if (at < 0 && section !== '') return undefined;
  const start = at < 0 ? 0 : headers[at]!.index + 1;
  const next = headers[at + 1];
  let end =
    next === undefined
      ? lines.length
      : next.index - commentAbove(lines, next.index, COMMENT).length;
  while (end > start && lines[end - 1]!.trim() === '') end--;
  return { start, end };
}

/** A section that is missing comes with its header and the comment above it. */
function withSection(block: Block, want: IniKey, template: readonly string[]): Block {
  const header = template.findIndex(
    (line) => SECTION.exec(lineBody(line))?.[1]?.trim() === want.section,
  );
  const above = commentAbove(template, header, COMMENT);
  return {
    comment: [...above, lineBody(template[header]!)],
    body: [...block.comment, ...block.body],
  };
}

/** A commented line of the key in its section: `;key = value` or `# key = value`. */
function commentedKey(
  lines: readonly string[],
  range: { readonly start: number; readonly end: number },
  want: IniKey,
): IniKey | undefined {
  const found = lines.slice(range.start, range.end).flatMap((line, offset) => {
    if (!COMMENT.test(line)) return [];
    const bare = lineBody(line).replace(/[;#][ \t]?/, '');
    return keyOf(bare, want.section, range.start + offset).filter(({ key }) => key === want.key);
  });
  return found.find(({ value }) => value === want.value) ?? found[0];
}

function commentOut(lines: readonly string[], key: string): string[] {
  const ours = new Set(
    parseIni(lines)
      .filter((one) => fullKey(one) === key)
      .map(({ index }) => index),
  );
  return lines.map((line, index) => (ours.has(index) ? `;${line}` : line));
}

/**
 * Lists of milters in main.cf: elements apart by commas or blanks, `{ ... }` groups and `$names` among them
 * (milter8.c, MILTER_README). Works on the raw bytes of one setting, so that everything else of it stays.
 */

import { entryOf, kindOf, type Entry } from './main-cf-parse.ts';
import { lineBody, lineEnd, splitLines } from './text.ts';

export interface Element {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The elements of a value, `{ ... }` groups whole; offsets are those of the value. */
export function elementsOf(value: string): Element[] {
  const elements: Element[] = [];
  let start = -1;
  let depth = 0;
  for (let at = 0; at <= value.length; at++) {
    const char = value[at] ?? ' ';
    const apart = (depth === 0 || at === value.length) && /[\s,]/.test(char);
    if (apart && start >= 0) elements.push({ text: value.slice(start, at), start, end: at });
    if (apart) start = -1;
    else if (start < 0) start = at;
    if (char === '{') depth++;
    if (char === '}') depth = Math.max(0, depth - 1);
  }
  return elements;
}

/** What makes two elements the same milter: the socket, written in one way. */
export function identityOf(element: string): string {
  const socket = element.startsWith('{') ? (elementsOf(element.slice(1))[0]?.text ?? '') : element;
  const [, kind = '', address = ''] = /^([a-z0-9]+):([^]*)$/i.exec(socket) ?? [];
  switch (kind.toLowerCase()) {
    case 'unix':
    case 'local':
      return `unix:${address.replace(/\/+/g, '/')}`;
    case 'inet':
      return `inet:${address
        .toLowerCase()
        .replace(/^\[(.*)\](:[^:]*)$/, '$1$2')
        .replace(/^localhost:/, '127.0.0.1:')}`;
    default:
      return socket;
  }
}

/** The name that an element stands for: `$name`, `${name}`, `$(name)`. */
function nameOf(element: string): string | undefined {
  return /^\$(?:\{(\w+)\}|\((\w+)\)|(\w+))$/.exec(element)?.slice(1).find(Boolean);
}

/** The elements with every `$name` replaced by what that name holds; a circle of names holds nothing. */
export function expandElements(
  value: string,
  entries: readonly Entry[],
  within: readonly string[] = [],
): string[] {
  return elementsOf(value).flatMap(({ text }) => {
    const name = nameOf(text);
    if (name === undefined) return [text];
    if (within.includes(name)) return [];
    return expandElements(entryOf(entries, name)?.value ?? '', entries, [...within, name]);
  });
}

/** Whether the element leads to the value of `key`, through other names or at once: Postfix stops at such a circle. */
export function leadsTo(element: string, key: string, entries: readonly Entry[]): boolean {
  const seen = new Set<string>();
  const visit = (text: string): boolean => {
    const name = nameOf(text);
    if (name === undefined || seen.has(name)) return false;
    seen.add(name);
    if (name === key) return true;
    return elementsOf(entryOf(entries, name)?.value ?? '').some((inner) => visit(inner.text));
  };
  return visit(element);
}

/** The same length as `raw`, with blanks for the name, the `=`, and the comments between the parts of the value. */
function valueMask(raw: string): string {
  return splitLines(raw)
    .map((line, index) => {
      const blank =
        index === 0 ? line.indexOf('=') + 1 : kindOf(line) === 'comment' ? line.length : 0;
      return ' '.repeat(blank) + line.slice(blank);
    })
    .join('')
    .replace(/\n/g, ' ');
}

/** Takes the first element with that identity out of a setting's raw lines, and its separator. */
export function removeElement(raw: string, identity: string): string {
  const elements = elementsOf(valueMask(raw));
  const index = elements.findIndex(({ text }) => identityOf(text) === identity);
  if (index < 0) return raw;
  const { start, end } = elements[index]!;
  const lineStart = raw.lastIndexOf('\n', start - 1) + 1;
  const lineStop = raw.includes('\n', end) ? raw.indexOf('\n', end) + 1 : raw.length;
  const before = elements[index - 1];
  const after = elements[index + 1];
  const aloneBefore = before === undefined || before.end <= lineStart;
  const aloneAfter = after === undefined || after.start >= lineStop;
  const cut = (from: number, to: number): string => raw.slice(0, from) + raw.slice(to);

  if (!aloneAfter) return cut(start, after.start);
  if (!aloneBefore) return cut(before.end, end);
  const body = lineBody(raw.slice(end, lineStop));
  if (lineStart === 0) return cut(start, end + body.length);
  return after === undefined
    ? withoutLastComma(cut(lineStart, lineStop))
    : cut(lineStart, lineStop);
}

function withoutLastComma(raw: string): string {
  const last = elementsOf(valueMask(raw)).at(-1);
  if (last === undefined) return raw;
  return raw.slice(0, last.end) + raw.slice(last.end).replace(/^[ \t]*,/, '');
}

/** Puts an element behind the last one, in the list's own style: commas or blanks, one line or one a line. */
export function appendElement(raw: string, element: string): string {
  const mask = valueMask(raw);
  const elements = elementsOf(mask);
  const last = elements.at(-1);
  if (last === undefined) {
    const after = raw.indexOf('=') + 1;
    const blanks = /^[ \t]*/.exec(raw.slice(after))![0];
    const lead = blanks === '' ? ' ' : blanks;
    return raw.slice(0, after) + lead + element + raw.slice(after + blanks.length);
  }
  const comma = /^[ \t]*,/.exec(raw.slice(last.end))?.[0] ?? '';
  const place = last.end + comma.length;
  const commas = elements.length < 2 || mask.slice(elements[0]!.end, last.start).includes(',');
  const separator = commas && comma === '' ? ',' : '';
  const lineStart = raw.lastIndexOf('\n', last.start) + 1;
  const previous = elements.at(-2);
  const onePerLine = lineStart > 0 && (previous === undefined || previous.end < lineStart);
  const indent = raw.slice(lineStart, last.start);
  const end = lineEnd(splitLines(raw)[0]!);
  const gap = onePerLine && /^[ \t]+$/.test(indent) ? end + indent : ' ';
  return raw.slice(0, place) + separator + gap + element + raw.slice(place);
}

/** Writes another text for the element with that identity. */
export function replaceElement(raw: string, identity: string, element: string): string {
  const found = elementsOf(valueMask(raw)).find(({ text }) => identityOf(text) === identity);
  return found === undefined ? raw : raw.slice(0, found.start) + element + raw.slice(found.end);
}

/**
 * Drop-ins of rspamd (local.d), written in UCL: what the host has set stays, ours comes beside it, key by key. A key that
 * is given twice would become a list, so none is ever added that is there already.
 */
import { EditError, type Edited, type Editor, type Settings } from './format.ts';
import { commentAbove, guardText, lineNumberAt, splitLines, withByteBlanks } from './text.ts';

interface Item {
  /** The words before the value: `servers`, `upstream "local"` as `upstream local`. */
  readonly heading: string;
  readonly start: number;
  /** Of the value, or of what is inside the braces. */
  readonly from: number;
  readonly to: number;
  /** Behind the closing brace or the `;`. */
  readonly end: number;
  /** A section has items of its own. */
  readonly items: readonly Item[] | undefined;
}

export const ucl: Editor = withByteBlanks({
  merge(text: string, settings: Settings): Edited {
    guardText(text);
    const notes: string[] = [];
    const result = mergeItems(text, settings, notes);
    parse(result);
    return { text: result, notes };
  },

  read: (text, key) => {
    const item = parse(text).findLast((each) => each.heading === key && each.items === undefined);
    return item && valueOf(text, item).replace(/^"([^"]*)"$/, '$1');
  },
});

function mergeItems(
  before: string,
  { text: template, insists = [] }: Settings,
  notes: string[],
): string {
  let text = before;
  for (const want of parse(template)) {
    const items = parse(text);
    const found = items.findLast(({ heading }) => heading === want.heading);
    const alike = items.find(({ heading }) => word(heading) === word(want.heading));
    if (found === undefined && alike === undefined) {
      text = append(text, template, want);
    } else if (found?.items !== undefined && want.items !== undefined) {
      const inner = { text: template.slice(want.from, want.to), insists };
      const merged = mergeItems(text.slice(found.from, found.to), inner, notes);
      text = text.slice(0, found.from) + merged + text.slice(found.to);
    } else if (found === undefined || valueOf(text, found) !== valueOf(template, want)) {
      text = settle(text, found ?? alike!, template, want, insists.includes(want.heading), notes);
    }
  }
  return text;
}

/** A value of the host's that differs: changed where ours is needed, else kept and told. */
function settle(
  text: string,
  found: Item,
  template: string,
  want: Item,
  insists: boolean,
  notes: string[],
): string {
  const isValue = found.items === undefined && want.items === undefined;
  if (insists && isValue) {
    return (
      text.slice(0, found.from) +
      valueOf(template, want) +
      text.slice(found.from + valueOf(text, found).length)
    );
  }
  const line = lineNumberAt(text, found.start);
  notes.push(
    `${found.heading} is set in line ${line}, and stays: ours is ${wordsOf(template, want)}`,
  );
  return text;
}

const word = (heading: string): string => heading.split(' ')[0]!;
const valueOf = (text: string, { from, to }: Item): string => text.slice(from, to).trim();
const wordsOf = (text: string, { start, end }: Item): string =>
  text.slice(start, end).replace(/;$/, '').replace(/\s+/g, ' ');

/** With the comment above it. */
function append(text: string, template: string, want: Item): string {
  const index = lineNumberAt(template, want.start) - 1;
  const indent = /[^\n]*$/.exec(template.slice(0, want.start))![0];
  const comment = commentAbove(splitLines(template), index).map((line) => `${line}\n`);
  const written = `${comment.join('')}${indent}${template.slice(want.start, want.end)}\n`;
  // The closing brace of a section keeps its place.
  const [, body = '', tail = ''] = /^([^]*?)([ \t]*)$/.exec(text) ?? [];
  const open = body !== '' && !body.endsWith('\n');
  return `${body}${open ? '\n' : ''}${written}${tail}`;
}

/** Comments (`/*` may be nested), here-documents, strings, marks, and words. */
const TOKEN =
  /#[^\n]*|\/\*[^]*?\*\/|<<([A-Z]+)\n[^]*?\n\1(?=\n|$)|"(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'|[={}[\],;:\n]|(?:[^\s={}[\],;:"'#]|:(?=\S)|(?<=\S)#)+|\s/g;

/** @throws EditError where it is not UCL as far as braces and quotes go, or the whole is in braces */
function parse(text: string): readonly Item[] {
  const tokens = [...text.matchAll(TOKEN)].map((match) => ({ text: match[0], start: match.index }));
  const read = tokens.reduce((length, token) => length + token.text.length, 0);
  if (read !== text.length) throw new EditError('a quote has no end');
  const [items, next] = itemsOf(text, tokens, 0);
  if (next < tokens.length)
    throw new EditError('a } closes nothing', lineNumberAt(text, tokens[next]!.start));
  return items;
}

type Token = { readonly text: string; readonly start: number };

function itemsOf(text: string, tokens: readonly Token[], first: number): [Item[], number] {
  const items: Item[] = [];
  let words: Token[] = [];
  let depth = 0;
  let at = first;
  const finish = (end: number): void => {
    const [key, ...rest] = words;
    const values = rest.filter((each, index) => index > 0 || !/^[=:]$/.test(each.text));
    const last = values.at(-1);
    if (key !== undefined && last !== undefined && !key.text.startsWith('.')) {
      const span = { from: values[0]!.start, to: last.start + last.text.length };
      items.push({ heading: bare(key.text), start: key.start, ...span, end, items: undefined });
    }
    words = [];
  };
  for (; at < tokens.length; at++) {
    const token = tokens[at]!;
    const { text: mark, start } = token;
    if (/^(?:#|\/\*|[^\S\n])/.test(mark)) continue;
    if (depth === 0 && mark === '}') break;
    if (depth === 0 && mark === '{') {
      if (words.length === 0)
        throw new EditError('all of it is in braces', lineNumberAt(text, start));
      const heading = words
        .filter((each) => !/^[=:]$/.test(each.text))
        .map((each) => bare(each.text));
      const [inside, close] = itemsOf(text, tokens, at + 1);
      const end = tokens[close];
      if (end === undefined) throw new EditError('a { has no }', lineNumberAt(text, start));
      items.push({
        ...{ heading: heading.join(' '), start: words[0]!.start },
        ...{ from: start + 1, to: end.start, end: end.start + 1, items: inside },
      });
      words = [];
      at = close;
      continue;
    }
    if (/^[[{]$/.test(mark)) depth += 1;
    if (depth === 0 && /^[;,\n]$/.test(mark)) finish(start + (mark === '\n' ? 0 : 1));
    else if (mark !== '\n') words.push(token);
    if (/^[\]}]$/.test(mark)) depth -= 1;
  }
  if (depth > 0) throw new EditError('a [ has no ]');
  finish(text.length);
  return [items, at];
}

/** A word without its quotes, a key without the colon behind it. */
const bare = (text: string): string => text.replace(/^(["'])([^]*)\1$/, '$2').replace(/:$/, '');

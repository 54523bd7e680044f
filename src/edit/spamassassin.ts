/**
 * SpamAssassin's local.cf: `keyword args`, `#` comments also at the end of a line, conditional blocks. Scalars: the
 * last counts; header keywords are carried out in order (Conf.pm, Conf/Parser.pm).
 */

import { EditError, type Editor } from './format.ts';
import { type LineFormat, mergeLines, type Wanted } from './line-format.ts';
import { insertBlock, lineBody, lineEnd, splitLines, withByteBlanks } from './text.ts';

interface Setting {
  /** The keyword, and with it the words that make it a setting of its own: `rewrite_header subject`. */
  readonly key: string;
  readonly value: string;
  readonly index: number;
  /** Inside `if` or `ifplugin`: not ours to touch. */
  readonly inBlock: boolean;
  readonly head: string;
  readonly tail: string;
}

/** Keywords whose first words belong to the key, by number. */
const KEY_WORDS: Readonly<Record<string, number>> = {
  add_header: 2,
  describe: 1,
  rewrite_header: 1,
  score: 1,
  tflags: 1,
};

/** Keywords that may stand many times and then all count: the whole line is the key. */
const ACCUMULATING =
  /^(?:remove_header|clear_headers|clear_.*|(?:un)?(?:white|welcome|black|block)list_.*|(?:trusted|internal|msa)_networks|bayes_ignore_.*|loadplugin|include)$/;

const ALIASES: Readonly<Record<string, string>> = { required_hits: 'required_score' };

export const spamassassin: Editor = withByteBlanks({
  merge: (text, settings) => mergeLines(text, settings, FORMAT),

  /** The words after the key; what stands in `if` blocks is left out. */
  read(text: string, key: string): string | undefined {
    const wanted = keyAndValue(key);
    const all = parseLocalCf(splitLines(text)).filter(({ inBlock }) => !inBlock);
    return all.findLast((setting) => setting.key === wanted.key || setting.key === key)?.value;
  },
});

const FORMAT: LineFormat<Setting> = {
  parse: parseLocalCf,
  place: ({ index }) => [index, index],
  commentOut,
  put,
};

function keyAndValue(line: string): { key: string; value: string } {
  const [written = '', ...words] = line.trim().split(/\s+/);
  const plain = written.toLowerCase().replace(/-/g, '_');
  const keyword = ALIASES[plain] ?? plain;
  if (ACCUMULATING.test(keyword)) {
    const rest = keyword === 'remove_header' ? words.map(foldHeader) : words;
    return { key: [keyword, ...rest].join(' '), value: words.join(' ') };
  }
  const own = KEY_WORDS[keyword] ?? 0;
  const first = words.slice(0, own);
  const parts = keyword.endsWith('_header') ? first.map(foldHeader) : first;
  return { key: [keyword, ...parts].join(' '), value: words.slice(own).join(' ') };
}

/** Header names may be written in any case, `ham`, `spam` and `all` may not. */
function foldHeader(word: string): string {
  return /^(?:ham|spam|all)$/i.test(word) ? word : word.toLowerCase();
}

/** @throws EditError where an `if` has no `endif`: a line put at the end would stand inside it */
function parseLocalCf(lines: readonly string[]): Setting[] {
  const blocks: number[] = [];
  const settings: Setting[] = [];
  for (const [index, line] of lines.entries()) {
    const setting = parseLine(line, index, blocks.length > 0);
    if (setting === undefined) continue;
    const [keyword = ''] = setting.key.split(' ');
    if (/^if(?:plugin)?(?:\W|$)/.test(keyword)) blocks.push(index);
    else if (keyword === 'endif') blocks.pop();
    else if (keyword !== 'else') settings.push(setting);
  }
  const open = blocks.at(-1);
  if (open !== undefined) throw new EditError('an "if" has no "endif"', open + 1);
  return settings;
}

function parseLine(line: string, index: number, inBlock: boolean): Setting | undefined {
  const body = lineBody(line);
  const text = /^(?:[^#\\]|\\.|\\$)*/.exec(body)![0].trimEnd();
  if (text.trim() === '') return undefined;
  const { key, value } = keyAndValue(text);
  const own = key.split(' ').length;
  const words = ACCUMULATING.test(key.split(' ')[0]!) ? 1 : own;
  const head = new RegExp(`^\\s*(?:\\S+(?:\\s+|$)){${words}}`).exec(text)?.[0] ?? text;
  return { key, value, index, inBlock, head, tail: body.slice(text.length) };
}

function put(lines: readonly string[], want: Wanted<Setting>, notes: string[]): string[] {
  const all = parseLocalCf(lines).filter(({ key }) => key === want.key);
  for (const { index } of all.filter(({ inBlock }) => inBlock)) {
    notes.push(`line ${index + 1} gives ${want.key} in an "if" block: left alone`);
  }
  const found = all.findLast(({ inBlock }) => !inBlock);
  if (found !== undefined && !undoneLater(lines, found)) {
    // An accumulating line is its own key, so finding it is enough.
    const same = found.value === want.value || ACCUMULATING.test(want.key.split(' ')[0]!);
    return same ? [...lines] : setValue(lines, found, want.value, found.index);
  }
  const commented = found === undefined ? commentedLine(lines, want) : undefined;
  if (commented === undefined) return insertBlock(lines, lines.length, want);
  const bare = lines[commented]!.replace(/#[ \t]?/, '');
  const setting = parseLine(bare, commented, false)!;
  return setValue(lines, setting, want.value, commented);
}

/** A header taken out comes back where a later line adds it again. */
function undoneLater(lines: readonly string[], found: Setting): boolean {
  const [, type, name] = /^remove_header (\S+) (\S+)/.exec(found.key) ?? [];
  if (type === undefined || name === undefined) return false;
  return parseLocalCf(lines).some(
    ({ key, index }) =>
      index > found.index && [`add_header ${type} ${name}`, `add_header all ${name}`].includes(key),
  );
}

function setValue(
  lines: readonly string[],
  setting: Setting,
  value: string,
  index: number,
): string[] {
  const gap = value === '' || /\s$/.test(setting.head) ? '' : ' ';
  return lines.with(index, setting.head + gap + value + setting.tail + lineEnd(lines[index]!));
}

/** A stock line such as `# report_safe 1`, outside blocks; prose stands further in or says more. */
function commentedLine(lines: readonly string[], want: Setting): number | undefined {
  const found = lines.flatMap((line, index) => {
    if (!/^#[ \t]?[a-z]/i.test(line) || insideBlock(lines, index)) return [];
    const setting = parseLine(line.replace(/#[ \t]?/, ''), index, false);
    if (setting?.key !== want.key) return [];
    return setting.value.split(' ').length <= want.value.split(' ').length ? [setting] : [];
  });
  return (found.find(({ value }) => value === want.value) ?? found[0])?.index;
}

/** Blocks as the parser counts them: an `endif` too many closes nothing. */
function insideBlock(lines: readonly string[], index: number): boolean {
  let depth = 0;
  for (const line of lines.slice(0, index)) {
    const keyword = /^\s*(\w*)/.exec(line)![1]!.toLowerCase();
    if (/^if(?:plugin)?$/.test(keyword)) depth++;
    else if (keyword === 'endif') depth = Math.max(0, depth - 1);
  }
  return depth > 0;
}

function commentOut(lines: readonly string[], key: string, notes: string[]): string[] {
  const wanted = keyAndValue(key).key;
  const ours = parseLocalCf(lines).filter(
    (setting) => setting.key === wanted || setting.key.startsWith(`${wanted} `),
  );
  for (const { index } of ours.filter(({ inBlock }) => inBlock)) {
    notes.push(`line ${index + 1} gives ${key} in an "if" block: left alone`);
  }
  const indices = new Set(ours.filter(({ inBlock }) => !inBlock).map(({ index }) => index));
  return lines.map((line, index) => (indices.has(index) ? `# ${line}` : line));
}

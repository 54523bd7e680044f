/**
 * Postfix main.cf. Of equal keys the last one counts, so that one is edited; `smtpd_milters` and
 * `non_smtpd_milters` are lists that are added to, never replaced.
 */

import type { Edited, Editor, Settings } from './format.ts';
import { type Wanted, wantedOf } from './line-format.ts';
import {
  appendElement,
  elementsOf,
  expandElements,
  identityOf,
  leadsTo,
  removeElement,
  replaceElement,
} from './main-cf-list.ts';
import { entryOf, kindOf, parseMainCf, type Entry } from './main-cf-parse.ts';
import { guardText, insertBlock, lineBody, lineEnd, splitLines, withByteBlanks } from './text.ts';

const LISTS = ['smtpd_milters', 'non_smtpd_milters'];

export const mainCf: Editor = withByteBlanks({
  merge(text: string, settings: Settings): Edited {
    guardText(text);
    const notes: string[] = [];
    let lines = splitLines(text);
    for (const key of settings.commentOut ?? []) lines = commentOut(lines, key);
    const wanted = wantedInOrder(settings.text);
    for (const key of LISTS) {
      const want = entryOf(wanted, key)?.value ?? '';
      lines = putInPlace(lines, key, settings.takeOut ?? [], want, notes);
      lines = takeOut(lines, key, settings.takeOut ?? [], want, notes);
    }
    for (const want of wanted) {
      lines = LISTS.includes(want.key) ? addTo(lines, want, notes) : put(lines, want, notes);
    }
    return { text: lines.join(''), notes };
  },

  read(text: string, key: string): string | undefined {
    return entryOf(parseMainCf(splitLines(text)), key)?.value;
  },
});

/** The template's settings in order, `smtpd_milters` before the list that may refer to it. */
function wantedInOrder(template: string): Wanted<Entry>[] {
  const wanted = wantedOf(template, {
    parse: parseMainCf,
    place: ({ first, last }) => [first, last],
  });
  const smtpd = wanted.findIndex(({ key }) => key === LISTS[0]);
  const other = wanted.findIndex(({ key }) => key === LISTS[1]);
  if (other >= 0 && smtpd > other) wanted.splice(other, 0, ...wanted.splice(smtpd, 1));
  return wanted;
}

const collapse = (value: string): string => value.replace(/\s+/g, ' ').trim();

function put(lines: readonly string[], want: Wanted<Entry>, notes: string[]): string[] {
  const entries = parseMainCf(lines);
  const entry = entryOf(entries, want.key);
  if (entry === undefined) {
    const commented = commentedLine(lines, want);
    if (commented === undefined) return insertBlock(lines, lines.length, want);
    const bare = lines.with(commented, lines[commented]!.replace(/^#[ \t]?/, ''));
    return setValue(bare, entryOf(parseMainCf(bare), want.key)!, want.value);
  }
  const times = entries.filter(({ key }) => key === want.key).length;
  if (times > 1) {
    notes.push(`${want.key} is given ${times} times: the last, line ${entry.first + 1}, counts`);
  }
  if (collapse(entry.value) === collapse(want.value)) return [...lines];
  return setValue(lines, entry, want.value);
}

/** Index of the commented line to bring to life: one that says the same, else the first that gives the key. */
function commentedLine(lines: readonly string[], want: Entry): number | undefined {
  const found = lines.flatMap((line, index) => {
    const [, key, value = ''] = /^#[ \t]?([^\s=#]+)[ \t]*=(.*)/.exec(lineBody(line)) ?? [];
    // A continuation line below would become a part of the setting.
    const next = lines
      .slice(index + 1)
      .find((after) => !['blank', 'comment'].includes(kindOf(after)));
    const free = next === undefined || kindOf(next) === 'start';
    return key === want.key && free ? [{ index, value }] : [];
  });
  const same = found.find(({ value }) => collapse(value) === collapse(want.value));
  return (same ?? (LISTS.includes(want.key) ? undefined : found[0]))?.index;
}

/** Replaces the whole value; comments and blank lines between its parts stay, its continuation lines go. */
function setValue(lines: readonly string[], entry: Entry, value: string): string[] {
  const line = lines[entry.first]!;
  const [, head = '', blanks = '', old = ''] = /^([^=]*=)([ \t]*)(.*)$/.exec(lineBody(line)) ?? [];
  const gap = blanks !== '' || old !== '' || !/\s=$/.test(head) ? blanks : ' ';
  const tail = lines
    .slice(entry.first + 1, entry.last + 1)
    .filter((after) => kindOf(after) !== 'continuation');
  return [
    ...lines.slice(0, entry.first),
    head + gap + value + lineEnd(line),
    ...tail,
    ...lines.slice(entry.last + 1),
  ];
}

function commentOut(lines: readonly string[], key: string): string[] {
  const ours = parseMainCf(lines).filter((entry) => entry.key === key);
  return lines.map((line, index) => {
    const inside = ours.some(({ first, last }) => index >= first && index <= last);
    return inside && ['start', 'continuation'].includes(kindOf(line)) ? `#${line}` : line;
  });
}

/** Changes the raw lines of one setting. */
function rewrite(
  lines: readonly string[],
  entry: Entry,
  change: (raw: string) => string,
): string[] {
  const raw = lines.slice(entry.first, entry.last + 1).join('');
  return [
    ...lines.slice(0, entry.first),
    ...splitLines(change(raw)),
    ...lines.slice(entry.last + 1),
  ];
}

/** A socket that goes, or a name behind which nothing stays. */
function isOut(text: string, out: ReadonlySet<string>, entries: readonly Entry[]): boolean {
  if (!text.startsWith('$')) return out.has(identityOf(text));
  if (LISTS.includes(text.replace(/[${}()]/g, ''))) return false;
  const behind = expandElements(text, entries);
  return behind.length > 0 && behind.every((each) => out.has(identityOf(each)));
}

/** The first of the elements to be taken out gives its place to ours: what stands before and behind it sees the same. */
function putInPlace(
  lines: readonly string[],
  key: string,
  elements: readonly string[],
  wanted: string,
  notes: string[],
): string[] {
  const entries = parseMainCf(lines);
  const entry = entryOf(entries, key);
  const [ours, ...more] = elementsOf(wanted).map(({ text }) => text);
  if (entry === undefined || ours === undefined || ours.startsWith('$') || more.length > 0) {
    return [...lines];
  }
  const there = expandElements(entry.value, entries).map(identityOf);
  const out = new Set(elements.map(identityOf));
  const found = elementsOf(entry.value).find(({ text }) => isOut(text, out, entries))?.text;
  if (found === undefined || there.includes(identityOf(ours))) return [...lines];
  notes.push(`${key}: ${found} is taken out`, `${key}: ${ours} takes its place`);
  const kept = elementsOf(entry.value).filter(({ text }) => !isOut(text, out, entries));
  if (kept.length > 0) notes.push(`${key}: kept ${kept.map(({ text }) => text).join(' ')}`);
  return rewrite(lines, entry, (raw) => replaceElement(raw, identityOf(found), ours));
}

function takeOut(
  lines: readonly string[],
  key: string,
  elements: readonly string[],
  wanted: string,
  notes: string[],
): string[] {
  const kept = new Set(elementsOf(wanted).map(({ text }) => identityOf(text)));
  const out = new Set(elements.map(identityOf).filter((identity) => !kept.has(identity)));
  let result = [...lines];
  for (;;) {
    const entries = parseMainCf(result);
    const entry = entryOf(entries, key);
    const listed = elementsOf(entry?.value ?? '').map(({ text }) => text);
    const found = listed.find((text) => isOut(text, out, entries));
    if (entry === undefined || found === undefined) {
      for (const name of listed.filter((text) => text.startsWith('$'))) {
        if (LISTS.includes(name.slice(1))) continue;
        const behind = expandElements(name, entries).find((text) => out.has(identityOf(text)));
        if (behind !== undefined) notes.push(`${key}: ${behind} stays, it comes from ${name}`);
      }
      return result;
    }
    notes.push(`${key}: ${found} is taken out`);
    result = rewrite(result, entry, (raw) => removeElement(raw, identityOf(found)));
  }
}

function addTo(lines: readonly string[], want: Wanted<Entry>, notes: string[]): string[] {
  if (entryOf(parseMainCf(lines), want.key) === undefined) return put(lines, want, notes);
  let result = [...lines];
  for (const { text } of elementsOf(want.value)) {
    const entries = parseMainCf(result);
    const entry = entryOf(entries, want.key)!;
    const own = elementsOf(entry.value).map((element) => element.text);
    const there = new Set(expandElements(entry.value, entries).map(identityOf));
    const behind = expandElements(text, entries);
    const missing = behind.filter((element) => !there.has(identityOf(element)));
    const identity = identityOf(text);
    if (own.includes(text) || (text.startsWith('$') && behind.length > 0 && missing.length === 0)) {
      continue;
    } else if (own.some((element) => identityOf(element) === identity)) {
      // A plain socket of ours is content with the administrator's own { socket, options }.
      if (text.startsWith('{')) {
        result = rewrite(result, entry, (raw) => replaceElement(raw, identity, text));
      }
    } else if (!there.has(identity)) {
      // A $name of which a part is there already would ask that milter twice, or go round in a circle.
      const circle = leadsTo(text, want.key, entries);
      const added = missing.length === behind.length && !circle ? [text] : missing;
      result = rewrite(result, entry, (raw) => added.reduce(appendElement, raw));
    }
  }
  const entries = parseMainCf(result);
  const before = entryOf(parseMainCf(lines), want.key)!;
  const kept = elementsOf(before.value).map(({ text }) => text);
  if (kept.length > 0 && before.value !== entryOf(entries, want.key)!.value) {
    notes.push(`${want.key}: kept ${kept.join(' ')}`);
  }
  if (kept.some((text) => text.startsWith('#'))) {
    notes.push(`${want.key}: "#" in the value is no comment, Postfix takes it as a milter`);
  }
  return result;
}

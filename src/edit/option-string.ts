/**
 * Strings of options that a service file hands to a daemon: which option stands where, as getopt(3) and Getopt::Long read
 * them (short ones may be joined), and how one of them is put in. Every byte that belongs to another option stays.
 */
import { EditError, type OptionGrammar } from './format.ts';

export interface FoundOption {
  /** Its short name where it has one. */
  readonly name: string;
  readonly value: string | undefined;
  /** Where the word that names it begins. */
  readonly word: number;
  /** Where the value is in the string, or would be. */
  readonly start: number;
  readonly end: number;
}

export interface OptionString {
  /** Those before ` -- `: what is behind it is another program's. */
  readonly options: readonly FoundOption[];
  /** Where ` -- ` stands; undefined where there is none. */
  readonly dashes: number | undefined;
}

interface Word {
  readonly text: string;
  readonly start: number;
}

/** The words that a shell, or a program that splits at blanks, makes of it. @throws EditError for a quote without end */
function wordsOf(text: string): readonly Word[] {
  const words: Word[] = [];
  for (let at = 0; at < text.length;) {
    const blank = /^\s+/.exec(text.slice(at));
    if (blank) {
      at += blank[0].length;
      continue;
    }
    const piece = /^(?:\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\[^])*"|'[^']*'|\\[^"]|[^\s"'\\])+/;
    const word = piece.exec(text.slice(at))?.[0];
    if (word === undefined || /^["'\\]/.test(text.slice(at + word.length))) {
      throw new EditError('a quote among the options has no end');
    }
    words.push({ text: word, start: at });
    at += word.length;
  }
  return words;
}

/** @throws EditError where the string has a quote without end */
export function readOptions(text: string, grammar: OptionGrammar): OptionString {
  const options: FoundOption[] = [];
  const words = wordsOf(text);
  for (let index = 0; index < words.length; index++) {
    const { text: word, start } = words[index]!;
    if (word === '--') return { options, dashes: start };
    const next = words[index + 1];
    const found = word.startsWith('--')
      ? longOption(word, start, next, grammar)
      : /^-[^-]/.test(word)
        ? shortOptions(word, start, next, grammar)
        : [];
    options.push(...found);
    if (next !== undefined && found.some((each) => each.start === next.start)) index++;
  }
  return { options, dashes: undefined };
}

type Takes = 'none' | 'must' | 'may';

function longOption(
  word: string,
  start: number,
  next: Word | undefined,
  { long = {} }: OptionGrammar,
): readonly FoundOption[] {
  const [, name = '', equals] = /^--([^=]+)(=?)/.exec(word) ?? [];
  const entry = Object.entries(long).find(([key]) => key.replace(/[=?]$/, '') === name);
  const short = entry?.[1] === undefined || entry[1] === '' ? name : entry[1];
  const end = start + word.length;
  if (equals === '=') {
    const value = word.slice(name.length + 3);
    return [{ name: short, word: start, value, start: end - value.length, end }];
  }
  const takes: Takes = entry?.[0].endsWith('=')
    ? 'must'
    : entry?.[0].endsWith('?')
      ? 'may'
      : 'none';
  return [{ name: short, word: start, ...valueBehind(takes, end, next) }];
}

function shortOptions(
  word: string,
  start: number,
  next: Word | undefined,
  { short }: OptionGrammar,
): readonly FoundOption[] {
  const found: FoundOption[] = [];
  const end = start + word.length;
  for (let at = 1; at < word.length; at++) {
    const name = word[at]!;
    const place = /\w/.test(name) ? short.indexOf(name) : -1;
    const colons = place < 0 ? '' : /^:*/.exec(short.slice(place + 1))![0];
    const rest = word.slice(at + 1);
    if (colons !== '' && rest !== '') {
      return [...found, { name, word: start, value: rest, start: end - rest.length, end }];
    }
    const takes: Takes = colons === '' ? 'none' : colons === ':' ? 'must' : 'may';
    found.push({
      name,
      word: start,
      ...valueBehind(takes, start + at + 1, rest === '' ? next : undefined),
    });
  }
  return found;
}

function valueBehind(
  takes: Takes,
  end: number,
  next: Word | undefined,
): Pick<FoundOption, 'value' | 'start' | 'end'> {
  const isValue =
    next !== undefined &&
    (takes === 'must' ||
      (takes === 'may' && !next.text.startsWith('-') && !next.text.includes('$')));
  if (!isValue) return { value: undefined, start: end, end };
  return { value: next.text, start: next.start, end: next.start + next.text.length };
}

/** Puts an option, written as it is to stand there, before ` -- ` or at the end. */
export function addOption(text: string, written: string, grammar: OptionGrammar): string {
  const { dashes } = readOptions(text, grammar);
  if (dashes !== undefined) return `${text.slice(0, dashes)}${written} ${text.slice(dashes)}`;
  const [, body = '', blanks = ''] = /^([^]*?)(\s*)$/.exec(text) ?? [];
  return `${body}${body === '' ? '' : ' '}${written}${blanks}`;
}

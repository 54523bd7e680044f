/**
 * Words, operators and comments of a sh file, as far as an editor of assignments must know them: where quotes,
 * substitutions and here-documents begin and end (POSIX 2.3). It does not run or expand anything.
 */

import { EditError } from './format.ts';
import { lineNumberAt } from './text.ts';

export interface Token {
  readonly kind: 'word' | 'operator' | 'newline' | 'comment';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const OPERATOR = /^(?:;;&|;;|;&|;|&&|&|\|\||\||\(|\)|<<-|<<<|<<|<>|<&|>>|>&|>\||<|>)/;

/** @throws EditError where a quote, substitution or here-document has no end, or a word holds a carriage return */
export function lexShell(text: string): Token[] {
  const tokens: Token[] = [];
  const documents: HereDocument[] = [];
  let at = 0;
  const push = (kind: Token['kind'], end: number): void => {
    tokens.push({ kind, text: text.slice(at, end), start: at, end });
    at = end;
  };
  while (at < text.length) {
    const char = text[at]!;
    const operator = OPERATOR.exec(text.slice(at, at + 3))?.[0];
    if (char === ' ' || char === '\t') at++;
    else if (text.startsWith('\\\n', at)) at += 2;
    else if (char === '\n') {
      push('newline', at + 1);
      for (const document of documents.splice(0)) at = skipDocument(text, at, document);
    } else if (char === '#') {
      const end = text.indexOf('\n', at);
      push('comment', end < 0 ? text.length : end);
    } else if (operator !== undefined) push('operator', at + operator.length);
    else if (/^\r(?:\n|$)/.test(text.slice(at, at + 2))) {
      if (tokens.at(-1)?.kind === 'word') throw carriageReturn(text, at);
      at++;
    } else {
      const end = skipWord(text, at);
      const word = text.slice(at, end);
      if (word.includes('\r')) throw carriageReturn(text, at);
      const before = tokens.at(-1);
      if (before?.text === '<<' || before?.text === '<<-') {
        const last = word.replace(/["'\\]/g, '');
        documents.push({ last, tabs: before.text === '<<-', joins: last === word });
      }
      push('word', end);
    }
  }
  return tokens;
}

function carriageReturn(text: string, at: number): EditError {
  const reason = 'CRLF line ends: sh takes the carriage return as a part of the value';
  return new EditError(reason, lineNumberAt(text, at));
}

function unfinished(text: string, at: number, what: string): EditError {
  return new EditError(`${what} has no end`, lineNumberAt(text, at));
}

interface HereDocument {
  /** The line that ends it. */
  readonly last: string;
  /** Tabs before that line do not count (`<<-`). */
  readonly tabs: boolean;
  /** A backslash joins two lines: the word was not quoted. */
  readonly joins: boolean;
}

function skipDocument(text: string, from: number, document: HereDocument): number {
  let joined = false;
  for (let at = from; at < text.length;) {
    const stop = text.indexOf('\n', at);
    const line = text.slice(at, stop < 0 ? text.length : stop);
    const bare = document.tabs ? line.replace(/^\t+/, '') : line;
    if (!joined && bare === document.last) return at + line.length;
    if (stop < 0) break;
    joined = document.joins && /(?<!\\)(?:\\\\)*\\$/.test(line);
    at = stop + 1;
  }
  throw unfinished(text, from, `the here-document ${document.last}`);
}

/** No other blank ends a word of sh: a form feed or a 0xA0 byte is a letter to it. */
const ENDS_WORD = /^(?:[ \t\n;&|()<>]|\r(?:\n|$))/;

/** The end of the word that begins at `from`. */
function skipWord(text: string, from: number): number {
  let at = from;
  while (at < text.length && !ENDS_WORD.test(text.slice(at, at + 2))) at = skipPiece(text, at);
  return at;
}

/** The end of one character, escape, quoted string or substitution. */
function skipPiece(text: string, at: number): number {
  switch (text.charAt(at)) {
    case '\\':
      return Math.min(at + 2, text.length);
    case "'": {
      const end = text.indexOf("'", at + 1);
      if (end < 0) throw unfinished(text, at, "a ' string");
      return end + 1;
    }
    case '"':
      return skipUntil(text, at, at + 1, '"', 'a " string');
    case '`':
      return skipUntil(text, at, at + 1, '`', 'a ` command');
    case '$':
      if (text[at + 1] === '(') return skipUntil(text, at, at + 2, ')', 'a $( command');
      if (text[at + 1] === '{') return skipUntil(text, at, at + 2, '}', 'a ${ expansion');
      return at + 1;
    default:
      return at + 1;
  }
}

function skipUntil(
  text: string,
  from: number,
  inside: number,
  close: string,
  what: string,
): number {
  let at = inside;
  while (at < text.length) {
    const char = text[at]!;
    if (char === close) return at + 1;
    // In double quotes a ' is an ordinary character; in $( a ( must be closed again.
    if (close === '"' && char === "'") at++;
    else if (close === ')' && char === '(') at = skipUntil(text, at, at + 1, ')', what);
    else if (close === '`' && char !== '\\') at++;
    else at = skipPiece(text, at);
  }
  throw unfinished(text, from, what);
}

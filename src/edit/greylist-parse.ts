/**
 * Statements of milter-greylist's greylist.conf: one a line, `\` carries it on to the next and hides the rest of its
 * line, `#` hides the rest of the line (conf_lex.l 4.6.4, and tried with it).
 */

import { EditError } from './format.ts';
import { lineBody } from './text.ts';

export interface Statement {
  /** What it is about: the keyword in lower case, `list "NAME"`, `racl default`, or a whole other racl. */
  readonly key: string;
  /** The words after the keyword, quotes kept, comments and backslashes gone. */
  readonly words: readonly string[];
  readonly first: number;
  readonly last: number;
  /** Where the statement's own text ends in its last line: blanks and a comment may follow. */
  readonly stop: number;
}

/** Whether the line is carried on: the next one belongs to its statement, even if it looks like a comment. */
export function isCarriedOn(line: string): boolean {
  return scanLine(line, 0).goesOn;
}

interface ScannedLine {
  readonly words: readonly string[];
  readonly stop: number;
  readonly goesOn: boolean;
}

/**
 * All statements in order.
 * @throws EditError for CRLF, an unfinished string or list, or a `\` with nothing to go on with
 */
export function parseGreylist(lines: readonly string[]): Statement[] {
  const statements: Statement[] = [];
  for (let first = 0; first < lines.length; first++) {
    const words: string[] = [];
    let last = first;
    let scanned = scanLine(lines[first]!, first);
    words.push(...scanned.words);
    while (scanned.goesOn) {
      last++;
      if (last >= lines.length) throw new EditError('the file ends after a backslash', last);
      scanned = scanLine(lines[last]!, last);
      words.push(...scanned.words);
    }
    const open = words.filter((word) => word === '{').length;
    if (open !== words.filter((word) => word === '}').length) {
      throw new EditError('a list has no "}" on its lines', first + 1);
    }
    if (words.length > 0) {
      statements.push({
        key: keyOf(words),
        words: words.slice(1),
        first,
        last,
        stop: scanned.stop,
      });
    }
    first = last;
  }
  return statements;
}

// A regular expression may hold `#`, quotes and blanks; a mask such as `/24` is none.
const TOKEN =
  /(\s+)|(#.*)|(\\.*)|("(?:[^"\\]|\\.)*")|((?<=\s)\/(?!\d+(?:[\s#\\}]|$))(?:[^/\\]|\\.)*\/)|([{}])|([^\s#\\"{}]+)|(.)/gs;

function scanLine(line: string, index: number): ScannedLine {
  if (line.includes('\r'))
    throw new EditError('milter-greylist reads no CRLF line ends', index + 1);
  const words: string[] = [];
  let stop = 0;
  for (const token of lineBody(line).matchAll(TOKEN)) {
    const [text, blanks, comment, backslash, , , , , stray] = token;
    if (blanks !== undefined) continue;
    if (comment !== undefined) break;
    if (backslash !== undefined) return { words, stop, goesOn: true };
    if (stray !== undefined) throw new EditError('a string has no closing quote', index + 1);
    words.push(text);
    stop = token.index + text.length;
  }
  return { words, stop, goesOn: false };
}

function keyOf(words: readonly string[]): string {
  const keyword = words[0]!.toLowerCase();
  if (keyword === 'list') return `list ${words[1] ?? ''}`;
  if (!/^[rd]?acl$/.test(keyword)) return keyword;
  const acl = keyword === 'dacl' ? 'dacl' : 'racl';
  // The first default counts, and everything behind it is dead (acl.c:2095-2107).
  if (words.some((word) => word.toLowerCase() === 'default')) return `${acl} default`;
  return [acl, ...words.slice(1)].join(' ');
}

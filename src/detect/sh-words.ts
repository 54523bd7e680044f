/** The words and operators of a shell script, with the parts of each word: text, variables, what only a shell computes. */
import { lexShell, type Token as LexedToken } from '../edit/shell-lexer.ts';

export type WordPart =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | {
      readonly kind: 'variable';
      readonly name: string;
      /** `:-`, `-`, `:=`, `=`, `:+`, `+`, or '' for a plain `$NAME`. */
      readonly operator: string;
      readonly operand: readonly WordPart[];
      readonly quoted: boolean;
    }
  /** `$(...)`, backquotes, arithmetic: what only a shell could work out. `text` is as written, `inner` without marks. */
  | {
      readonly kind: 'computed';
      readonly text: string;
      readonly inner: string;
      readonly quoted: boolean;
    };

export type ShellToken =
  | { readonly kind: 'word'; readonly parts: readonly WordPart[]; readonly line: number }
  | { readonly kind: 'operator'; readonly text: string; readonly line: number };

/** White space to JavaScript, and letters to sh: the lexer would find no end of them. The second byte of `à` is one. */
const NO_BLANKS = /[\f\v\u00a0]|\r(?!\n)/g;

/**
 * The tokens of a script; comments and redirections are left out.
 * @throws EditError on what has no end, or a carriage return in a word
 */
export function shellTokens(script: string): ShellToken[] {
  const tokens: ShellToken[] = [];
  let line = 1;
  let counted = 0;
  let before: LexedToken | undefined;
  for (const token of lexShell(script.replace(NO_BLANKS, '_'))) {
    line += newlines(script, counted, token.start);
    counted = token.start;
    const redirects = token.kind === 'operator' && /^[<>]/.test(token.text);
    if (token.kind === 'word') {
      const target = before?.kind === 'operator' && /^[<>]/.test(before.text);
      if (!target)
        tokens.push({
          kind: 'word',
          parts: new WordReader(script.slice(token.start, token.end)).parts(),
          line,
        });
    } else if (redirects) {
      // The 2 of `2>file` is no word of the command.
      if (before?.end === token.start && /^\d+$/.test(before.text)) tokens.pop();
    } else if (token.kind !== 'comment') {
      tokens.push({ kind: 'operator', text: token.kind === 'newline' ? '\n' : token.text, line });
    }
    before = token;
  }
  return tokens;
}

function newlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1))
    count++;
  return count;
}

/** Characters that mean nothing to a shell wherever they stand in a word. */
const PLAIN_RUN = /[\w./:,=@%+-]+/y;

class WordReader {
  private at = 0;

  constructor(private readonly word: string) {}

  parts(): WordPart[] {
    const parts: WordPart[] = [];
    while (this.at < this.word.length) parts.push(...this.part(this.word[this.at]!, false));
    return parts;
  }

  /** One piece of a word: a quoted string, an expansion, an escaped or a plain character. */
  private part(character: string, quoted: boolean): WordPart[] {
    switch (character) {
      case "'":
        return quoted ? this.plain(quoted) : [this.singleQuoted()];
      case '"':
        return this.doubleQuoted();
      case '\\':
        return this.escaped(quoted);
      case '$':
        return [this.expansion(quoted)];
      case '`':
        return [this.backquoted(quoted)];
      default:
        return this.plain(quoted);
    }
  }

  private plain(quoted: boolean): WordPart[] {
    PLAIN_RUN.lastIndex = this.at;
    const text = PLAIN_RUN.exec(this.word)?.[0] ?? this.word[this.at]!;
    this.at += text.length;
    return [{ kind: 'text', text, quoted }];
  }

  private escaped(quoted: boolean): WordPart[] {
    const next = this.word[this.at + 1] ?? '';
    // Between double quotes a backslash stays, except before what it could hide.
    if (quoted && !'$`"\\\n'.includes(next)) return this.plain(true);
    this.at += 2;
    return next === '\n' ? [] : [{ kind: 'text', text: next, quoted: true }];
  }

  private singleQuoted(): WordPart {
    return { kind: 'text', text: this.through("'").slice(1, -1), quoted: true };
  }

  private doubleQuoted(): WordPart[] {
    this.at++;
    return [{ kind: 'text', text: '', quoted: true }, ...this.until('"', true)];
  }

  private backquoted(quoted: boolean): WordPart {
    const text = this.through('`');
    return { kind: 'computed', text, inner: text.slice(1, -1).trim(), quoted };
  }

  private expansion(quoted: boolean): WordPart {
    const rest = this.word.slice(this.at);
    if (rest.startsWith('$(')) return this.substitution(quoted);
    const braced = /^\$\{([A-Za-z_]\w*|[0-9@*#?$!-])(:?[-=+?])?/.exec(rest);
    if (braced) return this.braced(braced, quoted);
    if (rest.startsWith('${')) return this.uncomputable(quoted);
    const plain = /^\$([A-Za-z_]\w*|[0-9@*#?$!-])/.exec(rest);
    this.at += plain ? plain[0].length : 1;
    if (!plain) return { kind: 'text', text: '$', quoted };
    return { kind: 'variable', name: plain[1]!, operator: '', operand: [], quoted };
  }

  private braced(match: RegExpExecArray, quoted: boolean): WordPart {
    const operator = match[2] ?? '';
    const next = this.word[this.at + match[0].length];
    if (operator === '' && next !== '}') return this.uncomputable(quoted);
    this.at += match[0].length;
    const operand = this.until('}', quoted);
    return { kind: 'variable', name: match[1]!, operator, operand, quoted };
  }

  /** `${x%y}`, `${#x}` and their like: kept as written, because their value is nowhere needed. */
  private uncomputable(quoted: boolean): WordPart {
    const text = this.balanced('{', '}');
    return { kind: 'computed', text, inner: text, quoted };
  }

  private substitution(quoted: boolean): WordPart {
    const text = this.balanced('(', ')');
    return { kind: 'computed', text, inner: text.slice(2, -1).trim(), quoted };
  }

  private balanced(open: string, close: string): string {
    let depth = 0;
    let end = this.at + 1;
    do {
      if (this.word[end] === open) depth++;
      if (this.word[end] === close) depth--;
      end++;
    } while (depth > 0 && end < this.word.length);
    return this.take(end);
  }

  /** The parts up to a closing character, which is taken too. */
  private until(close: string, quoted: boolean): WordPart[] {
    const parts: WordPart[] = [];
    while (this.at < this.word.length && this.word[this.at] !== close) {
      parts.push(...this.part(this.word[this.at]!, quoted));
    }
    this.at++;
    return parts;
  }

  /** From here up to and with the closing character; the rest of the word where there is none. */
  private through(close: string): string {
    const end = this.word.indexOf(close, this.at + 1);
    return this.take(end < 0 ? this.word.length : end + 1);
  }

  private take(end: number): string {
    const text = this.word.slice(this.at, end);
    this.at = end;
    return text;
  }
}

/** Splits a shell script into words and operators, with quoting and `$` kept as parts. Nothing is run. */

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

export type Token =
  | { readonly kind: 'word'; readonly parts: readonly WordPart[]; readonly line: number }
  | { readonly kind: 'operator'; readonly text: string; readonly line: number };

/** A script that sh would refuse, by line. */
export class ShellSyntaxError extends Error {
  constructor(
    readonly reason: string,
    readonly line: number,
  ) {
    super(`line ${line}: ${reason}`);
  }
}

/** Characters that mean nothing to a shell wherever they stand in a word. */
const PLAIN_RUN = /[\w./:,=@%+-]+/y;

const OPERATORS = ['&&', '||', ';;', ';', '&', '|', '(', ')', '\n'];

/**
 * The tokens of a script, comments, redirections and here-documents left out.
 * @throws ShellSyntaxError on an unfinished quote or brace
 */
export function shellTokens(script: string): Token[] {
  return new Lexer(script).tokens();
}

class Lexer {
  private at = 0;
  private line = 1;
  private readonly found: Token[] = [];
  private readonly hereDocuments: string[] = [];

  constructor(private readonly script: string) {}

  tokens(): Token[] {
    while (this.at < this.script.length) this.next();
    return this.found;
  }

  private next(): void {
    const rest = this.script.slice(this.at, this.at + 2);
    const character = rest[0]!;
    if (rest === '\\\n') this.advance(2);
    else if (character === ' ' || character === '\t' || character === '\r') this.advance(1);
    else if (character === '#') this.skipTo('\n');
    else if (character === '<' || character === '>') this.redirection();
    else this.token(rest);
  }

  private token(rest: string): void {
    const { line } = this;
    const operator = OPERATORS.find((each) => rest.startsWith(each));
    if (operator === undefined) {
      this.found.push({ kind: 'word', parts: this.word(), line });
      return;
    }
    this.found.push({ kind: 'operator', text: operator, line });
    this.advance(operator.length);
    if (operator === '\n') this.skipHereDocuments();
  }

  private advance(count: number): void {
    for (let index = 0; index < count; index++) {
      if (this.script[this.at + index] === '\n') this.line++;
    }
    this.at += count;
  }

  private skipTo(text: string): void {
    const end = this.script.indexOf(text, this.at);
    this.advance((end < 0 ? this.script.length : end) - this.at);
  }

  private redirection(): void {
    const mark = /^(<<-?|<>|<&|<|>>|>&|>\||>)[ \t]*/.exec(
      this.script.slice(this.at, this.at + 80),
    )!;
    this.advance(mark[0].length);
    const target = this.word();
    if (mark[1]!.startsWith('<<')) {
      this.hereDocuments.push(
        target.map((part) => (part.kind === 'text' ? part.text : '')).join(''),
      );
    }
  }

  private skipHereDocuments(): void {
    for (const end of this.hereDocuments.splice(0)) {
      let text: string;
      do {
        const start = this.at;
        this.skipTo('\n');
        text = this.script.slice(start, this.at);
        this.advance(this.at < this.script.length ? 1 : 0);
      } while (text.replace(/^\t+/, '') !== end && this.at < this.script.length);
    }
  }

  private word(): WordPart[] {
    const parts: WordPart[] = [];
    while (this.at < this.script.length) {
      const character = this.script[this.at]!;
      if (/[\s;&|()<>]/.test(character)) break;
      parts.push(...this.part(character, false));
    }
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
    const text = PLAIN_RUN.exec(this.script)?.[0] ?? this.script[this.at]!;
    this.advance(text.length);
    return [{ kind: 'text', text, quoted }];
  }

  private escaped(quoted: boolean): WordPart[] {
    const next = this.script[this.at + 1] ?? '';
    // Between double quotes a backslash stays, except before what it could hide.
    if (quoted && !'$`"\\\n'.includes(next)) return this.plain(true);
    this.advance(2);
    return next === '\n' ? [] : [{ kind: 'text', text: next, quoted: true }];
  }

  private singleQuoted(): WordPart {
    const end = this.script.indexOf("'", this.at + 1);
    if (end < 0) throw new ShellSyntaxError('unfinished single quote', this.line);
    const text = this.script.slice(this.at + 1, end);
    this.advance(end + 1 - this.at);
    return { kind: 'text', text, quoted: true };
  }

  private doubleQuoted(): WordPart[] {
    const line = this.line;
    this.advance(1);
    const parts: WordPart[] = [{ kind: 'text', text: '', quoted: true }];
    for (;;) {
      const character = this.script[this.at];
      if (character === undefined) throw new ShellSyntaxError('unfinished double quote', line);
      if (character === '"') break;
      parts.push(...this.part(character, true));
    }
    this.advance(1);
    return parts;
  }

  private backquoted(quoted: boolean): WordPart {
    const end = this.script.indexOf('`', this.at + 1);
    if (end < 0) throw new ShellSyntaxError('unfinished backquote', this.line);
    const text = this.script.slice(this.at, end + 1);
    this.advance(text.length);
    return { kind: 'computed', text, inner: text.slice(1, -1).trim(), quoted };
  }

  private expansion(quoted: boolean): WordPart {
    const rest = this.script.slice(this.at);
    if (rest.startsWith('$(')) return this.substitution(quoted);
    const braced = /^\$\{([A-Za-z_]\w*|[0-9@*#?$!-])(:?[-=+?])?/.exec(rest);
    if (braced) return this.braced(braced, quoted);
    if (rest.startsWith('${')) return this.uncomputable(quoted);
    const plain = /^\$([A-Za-z_]\w*|[0-9@*#?$!-])/.exec(rest);
    this.advance(plain ? plain[0].length : 1);
    if (!plain) return { kind: 'text', text: '$', quoted };
    return { kind: 'variable', name: plain[1]!, operator: '', operand: [], quoted };
  }

  private braced(match: RegExpExecArray, quoted: boolean): WordPart {
    const line = this.line;
    const operator = match[2] ?? '';
    const next = this.script[this.at + match[0].length];
    if (operator === '' && next !== '}') return this.uncomputable(quoted);
    this.advance(match[0].length);
    const operand: WordPart[] = [];
    for (;;) {
      const character = this.script[this.at];
      if (character === undefined) throw new ShellSyntaxError('unfinished ${', line);
      if (character === '}') break;
      operand.push(...this.part(character, quoted));
    }
    this.advance(1);
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
    const line = this.line;
    let depth = 0;
    for (let end = this.at + 1; end < this.script.length; end++) {
      if (this.script[end] === open) depth++;
      if (this.script[end] === close && --depth === 0) {
        const text = this.script.slice(this.at, end + 1);
        this.advance(text.length);
        return text;
      }
    }
    throw new ShellSyntaxError(`unfinished $${open}`, line);
  }
}

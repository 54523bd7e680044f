/** The tokens of a configuration written in Ruby, as far as they are needed to find plain settings in it. */

/** What a literal means; a regular expression keeps its source. */
export type Literal = string | number | boolean | null | RubyRegexp | readonly Literal[];

export interface RubyRegexp {
  readonly source: string;
  readonly flags: string;
}

export interface Token {
  readonly kind: 'word' | 'literal' | 'mark' | 'newline' | 'opaque';
  /** As written. */
  readonly text: string;
  /** Of a literal. */
  readonly value?: Literal;
  /** 1-based. */
  readonly line: number;
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  s: ' ',
  e: '\x1b',
  0: '\0',
};

/** What has a meaning only when it is run (interpolation, commands, here-documents) is `opaque`. */
export function readTokens(text: string): Token[] {
  const reader = new TokenReader(text);
  return reader.read();
}

class TokenReader {
  private at = 0;
  private line = 1;
  private readonly tokens: Token[] = [];
  /** Of here-documents whose text begins on the next line. */
  private readonly heredocs: string[] = [];

  constructor(private readonly text: string) {}

  read(): Token[] {
    while (this.at < this.text.length && !this.take(/__END__(?=\r?\n|$)/y, this.atLineStart())) {
      if (this.take(/[ \t\r]+|\\\r?\n/y) || this.take(/#[^\n]*/y)) continue;
      if (this.take(/=begin\b[^]*?(?:\n=end\b[^\n]*|$)/y, this.atLineStart())) continue;
      if (!this.readOne()) this.add('mark', this.text[this.at]!);
    }
    this.tokens.push({ kind: 'newline', text: '\n', line: this.line });
    return this.tokens;
  }

  private readOne(): boolean {
    const [char] = this.text.slice(this.at);
    if (char === '\n') return this.endLine();
    if (char === "'" || char === '"' || char === '`') return this.readQuoted(char, 1, char);
    const percent = this.match(/%([wWqQrixs]?)([^\w\s])/y);
    if (percent && this.startsValue())
      return this.readQuoted(percent[2]!, percent[0].length, percent[1]!);
    if (char === '/' && this.startsValue()) return this.readQuoted('/', 1, 'r');
    const heredoc = this.startsValue() ? this.match(/<<[~-]?(["'`]?)([A-Z_]\w*)\1/y) : null;
    if (heredoc) {
      this.heredocs.push(heredoc[2]!);
      return this.add('opaque', heredoc[0]);
    }
    const number = this.match(/\d[\d_]*(?:\.\d[\d_]*)?(?![\w.])/y)?.[0];
    if (number !== undefined) return this.add('literal', number, numberOf(number));
    const word = this.match(/[A-Za-z_@$][\w@]*(?:::\w+)*[?!]?(?!=(?!=))|[A-Za-z_@$][\w@]*/y)?.[0];
    if (word !== undefined) return this.addWord(word);
    const symbol = this.match(/:[A-Za-z_]\w*/y)?.[0];
    if (symbol !== undefined) return this.add('opaque', symbol);
    const operator = this.match(
      /\|\|=|&&=|\*\*|\+=|-=|<<|>>|=>|==|!=|=~|&&|\|\||\.\.\.?|::|&\./y,
    )?.[0];
    return operator !== undefined && this.add('mark', operator);
  }

  private addWord(word: string): boolean {
    if (this.tokens.at(-1)?.text !== '.') {
      if (word === 'true' || word === 'false') return this.add('literal', word, word === 'true');
      if (word === 'nil') return this.add('literal', word, null);
    }
    return this.add('word', word);
  }

  private endLine(): boolean {
    this.add('newline', '\n');
    for (const name of this.heredocs.splice(0)) {
      this.take(new RegExp(`[^]*?(?:^|\\n)[ \\t]*${name}[ \\t]*(?=\\r?\\n|$)|[^]*`, 'y'));
    }
    return true;
  }

  /** Whether a value may begin here, so that `/`, `%` and `<<` are no operators. */
  private startsValue(): boolean {
    const last = this.tokens.at(-1);
    if (last === undefined || last.kind === 'newline') return true;
    if (last.kind === 'mark') return !/^[)\]}]$/.test(last.text);
    return (
      last.kind === 'word' &&
      /[ \t]/.test(this.text[this.at - 1] ?? '') &&
      !/[ \t=]/.test(this.text[this.at + 1] ?? '')
    );
  }

  /** `kind`: a quote, or the letter behind `%`; `r` is a regular expression. */
  private readQuoted(open: string, skip: number, kind: string): boolean {
    const close = CLOSING[open] ?? open;
    const start = this.at + skip;
    let depth = 1;
    let end = start;
    for (; end < this.text.length; end++) {
      const char = this.text[end]!;
      if (char === '\\') end++;
      else if (char === close && --depth === 0) break;
      else if (char === open && close !== open) depth++;
    }
    const body = this.text.slice(start, end);
    const flags = kind === 'r' ? /^[a-z]*/.exec(this.text.slice(end + 1))![0] : '';
    const raw = this.text.slice(this.at, end + 1 + flags.length);
    const value = end < this.text.length ? valueOf(kind, body, flags) : undefined;
    return value === undefined ? this.add('opaque', raw) : this.add('literal', raw, value);
  }

  private add(kind: Token['kind'], text: string, value?: Literal): true {
    this.tokens.push({ kind, text, line: this.line, ...(value !== undefined && { value }) });
    this.move(text);
    return true;
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text);
  }

  private take(pattern: RegExp, may = true): boolean {
    const found = may ? this.match(pattern)?.[0] : undefined;
    if (!found) return false;
    this.move(found);
    return true;
  }

  private move(text: string): void {
    this.at += text.length;
    this.line += text.split('\n').length - 1;
  }

  private atLineStart(): boolean {
    return this.at === 0 || this.text[this.at - 1] === '\n';
  }
}

function valueOf(kind: string, body: string, flags: string): Literal | undefined {
  const interpolated = /#[{$@]/.test(body);
  switch (kind) {
    case "'":
    case 'q':
      return body.replace(/\\([\\'])/g, '$1');
    case '"':
    case 'Q':
    case '':
      if (interpolated || /\\[uxcCM1-7]/.test(body)) return undefined;
      return body.replace(/\\(.)/gs, (_, char: string) => ESCAPES[char] ?? char);
    case 'w':
      return body.split(/\s+/).filter((word) => word !== '');
    case 'r':
      return interpolated ? undefined : { source: body, flags };
    default:
      return undefined;
  }
}

function numberOf(text: string): number {
  const digits = text.replaceAll('_', '');
  return /^0[0-7]+$/.test(digits) ? parseInt(digits, 8) : Number(digits);
}

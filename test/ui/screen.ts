/** What a terminal shows of what was written to it: the part of ECMA-48 that our programs and their prompts use. */

const SEQUENCE = /\u001B\[([\d;?]*)([A-Za-z])|\u001B\][^\u0007]*\u0007|\u001B[78=>]|([\s\S])/gu;

export class Screen {
  readonly columns: number;
  readonly rows: number;
  /** All lines ever shown; the last `rows` of them can be written to. */
  readonly #lines: (string | undefined)[][] = [[]];
  #row = 0;
  #column = 0;
  /** A sequence that came in two pieces. */
  #rest = '';

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(data: string): void {
    const text = this.#rest + data;
    const cut = /\u001B(?:\[[\d;?]*)?$/.exec(text)?.index ?? text.length;
    this.#rest = text.slice(cut);
    for (const [, words = '', letter, character] of text.slice(0, cut).matchAll(SEQUENCE)) {
      if (letter !== undefined) this.#obey(letter, words);
      else if (character !== undefined) this.#put(character);
    }
  }

  /** As somebody sees it: no blanks at the ends of lines, no empty lines at the end. */
  text(): string {
    return this.#text(this.#lines.slice(this.#top()));
  }

  /** Also what has scrolled away. */
  all(): string {
    return this.#text(this.#lines);
  }

  #text(lines: readonly (readonly (string | undefined)[])[]): string {
    return lines
      .map((line) =>
        Array.from(line, (each) => each ?? ' ')
          .join('')
          .trimEnd(),
      )
      .join('\n')
      .trimEnd();
  }

  #top(): number {
    return Math.max(0, this.#lines.length - this.rows);
  }

  #put(character: string): void {
    switch (character) {
      case '\n':
        this.#down();
        return;
      case '\r':
        this.#column = 0;
        return;
      case '\b':
        this.#column = Math.max(0, this.#column - 1);
        return;
      case '\u0007':
        return;
    }
    if (this.#column >= this.columns) {
      this.#column = 0;
      this.#down();
    }
    this.#line()[this.#column] = character;
    this.#column += 1;
  }

  #line(): (string | undefined)[] {
    return this.#lines[this.#row]!;
  }

  #down(): void {
    this.#row += 1;
    if (this.#row === this.#lines.length) this.#lines.push([]);
  }

  #obey(letter: string, words: string): void {
    const [first = 0, second = 0] = words.split(';').map(Number);
    const count = Math.max(1, first);
    const last = (row: number): number => Math.min(row, this.#top() + this.rows - 1);
    switch (letter) {
      case 'A':
        this.#row = Math.max(this.#top(), this.#row - count);
        break;
      case 'B':
        this.#row = last(this.#row + count);
        break;
      case 'C':
        this.#column = Math.min(this.columns - 1, this.#column + count);
        break;
      case 'D':
        this.#column = Math.max(0, this.#column - count);
        break;
      case 'E':
        this.#row = last(this.#row + count);
        this.#column = 0;
        break;
      case 'F':
        this.#row = Math.max(this.#top(), this.#row - count);
        this.#column = 0;
        break;
      case 'G':
        this.#column = count - 1;
        break;
      case 'H':
        this.#row = this.#top() + count - 1;
        this.#column = Math.max(1, second) - 1;
        break;
      case 'J':
        if (first === 2) for (const line of this.#lines.slice(this.#top())) line.length = 0;
        else {
          this.#line().length = Math.min(this.#line().length, this.#column);
          for (const line of this.#lines.slice(this.#row + 1)) line.length = 0;
        }
        break;
      case 'K':
        if (first === 2) this.#line().length = 0;
        else if (first === 0) this.#line().length = Math.min(this.#line().length, this.#column);
        break;
      case 'h':
      case 'l':
      case 'm':
        break;
      default:
        throw new Error(`a sequence that the screen does not know: ${words}${letter}`);
    }
    while (this.#row >= this.#lines.length) this.#lines.push([]);
  }
}

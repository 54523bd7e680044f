/** Parts a Ruby text into statements, each with the blocks that belong to it; nothing is evaluated. */
import type { Literal, Token } from './ruby-tokens.ts';

export interface Statement {
  readonly tokens: readonly Token[];
  /** 1-based. */
  readonly line: number;
}

/** A statement that does one plain thing: `object.name = value`, `object.name(values)`, `name(values)`. */
export interface PlainStatement {
  /** Undefined for a call of its own. */
  readonly object: string | undefined;
  readonly name: string;
  /** `=`, `+=` or a call. */
  readonly verb: '=' | '+=' | 'call';
  readonly values: readonly Literal[];
  /** `do |name| ... end`, `{ |name| ... }`. */
  readonly block?: { readonly parameter: string; readonly body: readonly Token[] };
}

const OPENERS = new Set(['do', 'begin', 'def', 'class', 'module', 'case']);
const LOOPS = new Set(['while', 'until', 'for']);
const CONDITIONS = new Set(['if', 'unless', ...LOOPS]);
/** A line that ends with one of these goes on. */
const UNFINISHED = /^(?:[,.=+\-*|&(]|\|\||&&|\+=|\|\|=|<<|=>|&\.)$/;

export function splitStatements(tokens: readonly Token[]): Statement[] {
  const statements: Statement[] = [];
  let current: Token[] = [];
  let depth = 0;
  let loop = false;
  const close = (): void => {
    if (current.length > 0) statements.push({ tokens: current, line: current[0]!.line });
    current = [];
  };
  tokens.forEach((token, index) => {
    const { kind, text } = token;
    const ends = kind === 'newline' || text === ';';
    if (ends) {
      loop = false;
      const next = tokens.slice(index + 1).find((each) => each.kind !== 'newline');
      const goesOn = UNFINISHED.test(current.at(-1)?.text ?? '') || next?.text === '.';
      if (depth <= 0 && (text === ';' || !goesOn)) {
        close();
        depth = 0;
        return;
      }
      if (current.length > 0) current.push(token);
      return;
    }
    depth += deepened(token, current.at(-1), loop);
    if (kind === 'word' && LOOPS.has(text)) loop = true;
    else if (kind === 'word' && text === 'do') loop = false;
    current.push(token);
  });
  close();
  return statements;
}

function deepened({ kind, text }: Token, before: Token | undefined, loop: boolean): number {
  if (kind === 'mark') return /^[([{]$/.test(text) ? 1 : /^[)\]}]$/.test(text) ? -1 : 0;
  if (kind !== 'word' || before?.text === '.') return 0;
  if (text === 'end') return -1;
  if (text === 'do') return loop ? 0 : 1;
  if (OPENERS.has(text)) return 1;
  // Behind a word or a value it is a modifier: `x = 1 if y`.
  const starts =
    before === undefined ||
    before.kind === 'newline' ||
    (before.kind === 'mark' && !/^[)\]}]$/.test(before.text));
  return CONDITIONS.has(text) && starts ? 1 : 0;
}

/** The plain thing that a statement does; undefined where it is anything else. */
export function plainStatement({ tokens: all }: Statement): PlainStatement | undefined {
  const { head, block } = withoutBlock(all);
  const tokens = head.filter(({ kind }) => kind !== 'newline');
  const dotted = tokens[1]?.text === '.' && tokens[2]?.kind === 'word';
  const [first] = tokens;
  const name = dotted ? tokens[2] : first;
  if (first?.kind !== 'word' || name?.kind !== 'word') return undefined;
  const rest = tokens.slice(dotted ? 3 : 1);
  const assigns = dotted && (rest[0]?.text === '=' || rest[0]?.text === '+=');
  const written = assigns ? rest.slice(1) : withoutParentheses(rest);
  const values = literals(written);
  if (values === undefined || (assigns && values.length !== 1)) return undefined;
  return {
    object: dotted ? first.text : undefined,
    name: name.text,
    verb: assigns ? (rest[0]!.text as '=' | '+=') : 'call',
    values,
    ...(block && { block }),
  };
}

function withoutBlock(tokens: readonly Token[]): {
  readonly head: readonly Token[];
  readonly block?: PlainStatement['block'];
} {
  const last = tokens.at(-1)?.text;
  if (last !== 'end' && last !== '}') return { head: tokens };
  const open = last === 'end' ? 'do' : '{';
  const start = tokens.findIndex(({ text }) => text === open);
  const [bar, parameter, closing] = tokens.slice(start + 1);
  if (start < 0 || bar?.text !== '|' || closing?.text !== '|' || parameter?.kind !== 'word') {
    return { head: tokens };
  }
  const body = tokens.slice(start + 4, -1);
  return { head: tokens.slice(0, start), block: { parameter: parameter.text, body } };
}

function withoutParentheses(tokens: readonly Token[]): readonly Token[] {
  const inside = tokens[0]?.text === '(' && tokens.at(-1)?.text === ')';
  return inside ? tokens.slice(1, -1) : tokens;
}

/** Literals apart by commas; undefined where anything else is among them. */
function literals(tokens: readonly Token[]): readonly Literal[] | undefined {
  const values: Literal[] = [];
  let rest = tokens;
  while (rest.length > 0) {
    const taken = literal(rest);
    if (taken === undefined) return undefined;
    values.push(taken.value);
    rest = rest.slice(taken.count);
    if (rest.length === 0) break;
    if (rest[0]!.text !== ',') return undefined;
    rest = rest.slice(1);
  }
  return values;
}

function literal(tokens: readonly Token[]): { value: Literal; count: number } | undefined {
  const [first, second] = tokens;
  if (first?.kind === 'literal') return { value: first.value!, count: 1 };
  if (first?.text === '-' && typeof second?.value === 'number')
    return { value: -second.value, count: 2 };
  if (first?.text !== '[') return undefined;
  const end = tokens.findIndex(({ text }) => text === ']');
  const inside = end < 0 ? undefined : literals(tokens.slice(1, end));
  return inside && { value: inside, count: end + 1 };
}

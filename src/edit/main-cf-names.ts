/**
 * `$name` in values of main.cf and master.cf, as postconf(5) describes it: `$name`, `${name}`, `$(name)`,
 * `${name?value}`, `${name:value}`, `${name?{value}:{value}}`, `${{a} == {b} ? {value} : {value}}`, `$$`.
 */

/** A value at which Postfix stops: bad syntax, or names that lead back to themselves. */
export class NameError extends Error {}

/** Raw value of a parameter; undefined where there is none: it then counts as empty. */
export type Lookup = (name: string) => string | undefined;

/**
 * The value with every name replaced by what it holds, and that in turn.
 * @throws NameError
 */
export function expandNames(value: string, lookup: Lookup): string {
  return expand(value, lookup, []);
}

/** Every name that the value mentions at once, in any form. */
export function namesIn(value: string): readonly string[] {
  const names: string[] = [];
  try {
    expand(value, (name) => (names.push(name), undefined), []);
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
  }
  return names;
}

function expand(value: string, lookup: Lookup, within: readonly string[]): string {
  let text = '';
  for (let at = 0; at < value.length;) {
    const dollar = value.indexOf('$', at);
    if (dollar < 0) return text + value.slice(at);
    text += value.slice(at, dollar);
    const next = value[dollar + 1];
    if (next === '$') {
      text += '$';
      at = dollar + 2;
    } else if (next === '{' || next === '(') {
      const end = closing(value, dollar + 1);
      text += expandInside(value.slice(dollar + 2, end), lookup, within);
      at = end + 1;
    } else {
      const name = /^\w+/.exec(value.slice(dollar + 1))?.[0];
      if (name === undefined) throw new NameError(`no name behind the $ in "${value}"`);
      text += valueOf(name, lookup, within);
      at = dollar + 1 + name.length;
    }
  }
  return text;
}

function valueOf(name: string, lookup: Lookup, within: readonly string[]): string {
  if (within.includes(name)) throw new NameError(`$${name} leads back to itself`);
  return expand(lookup(name) ?? '', lookup, [...within, name]);
}

/** Index of the bracket that closes the one at `open`. */
function closing(value: string, open: number): number {
  const [opens, closes] = value[open] === '{' ? '{}' : '()';
  let depth = 0;
  for (let at = open; at < value.length; at++) {
    if (value[at] === opens) depth++;
    if (value[at] === closes && --depth === 0) return at;
  }
  throw new NameError(`no ${closes} for the ${opens} in "${value}"`);
}

/** What stands in `${...}`: a name or a comparison, and what to take in both cases. */
function expandInside(inside: string, lookup: Lookup, within: readonly string[]): string {
  const head = /^\s*/.exec(inside)![0].length;
  if (inside[head] !== '{') {
    const [start, name] = /^\s*(\w+)\s*/.exec(inside) ?? [];
    if (start === undefined) throw new NameError(`no name in "\${${inside}}"`);
    const rest = inside.slice(start.length);
    if (rest === '') return valueOf(name!, lookup, within);
    // As it is written: Postfix takes a value that expands to nothing as one that is there.
    return choose((lookup(name!) ?? '') !== '', rest, lookup, within);
  }
  const left = braced(inside, head);
  const [operator] = /^(?:==|!=|<=|>=|<|>)(?:level\b)?/.exec(left.rest) ?? [];
  if (operator === undefined) throw new NameError(`no comparison in "\${${inside}}"`);
  const behind = left.rest.slice(operator.length).trimStart();
  if (!behind.startsWith('{')) throw new NameError(`"{" expected at "${behind}"`);
  const right = braced(behind, 0);
  const holds = compare(
    expand(left.content, lookup, within),
    operator,
    expand(right.content, lookup, within),
  );
  if (right.rest === '') return holds ? 'true' : '';
  return choose(holds, right.rest, lookup, within);
}

/** `{content}` at that place, and what follows. */
function braced(text: string, open: number): { readonly content: string; readonly rest: string } {
  const end = closing(text, open);
  return { content: text.slice(open + 1, end), rest: text.slice(end + 1).trimStart() };
}

/** `?value`, `:value`, `?{value}:{value}`, `?{value}:value`. */
function choose(holds: boolean, rest: string, lookup: Lookup, within: readonly string[]): string {
  const wanted = rest[0] === '?' ? holds : rest[0] === ':' ? !holds : undefined;
  if (wanted === undefined) throw new NameError(`"?" or ":" expected at "${rest}"`);
  const value = rest.slice(1);
  if (!value.trimStart().startsWith('{')) return wanted ? expand(value, lookup, within) : '';
  const first = braced(value.trimStart(), 0);
  if (first.rest === '') return wanted ? expand(first.content, lookup, within) : '';
  if (rest[0] !== '?' || !first.rest.startsWith(':')) {
    throw new NameError(`unexpected "${first.rest}"`);
  }
  if (wanted) return expand(first.content, lookup, within);
  return choose(false, first.rest, lookup, within);
}

/** Numbers by value, `<=level` and the like as compatibility levels (Postfix 3.6), anything else as text. */
function compare(left: string, operator: string, right: string): boolean {
  const difference = operator.endsWith('level')
    ? levelDifference(left, right)
    : /^\d+$/.test(left) && /^\d+$/.test(right)
      ? Number(left) - Number(right)
      : Number(left > right) - Number(left < right);
  switch (operator.replace('level', '')) {
    case '==':
      return difference === 0;
    case '!=':
      return difference !== 0;
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>=':
      return difference >= 0;
    default:
      return difference > 0;
  }
}

/** `3.6`, `3.10`, `2`: each part is a number of its own. */
function levelDifference(left: string, right: string): number {
  const [a, b] = [left, right].map((text) => {
    if (!/^\d+(?:\.\d+){0,2}$/.test(text))
      throw new NameError(`"${text}" is no compatibility level`);
    return text.split('.').map(Number);
  });
  const at = [0, 1, 2].find((part) => (a![part] ?? 0) !== (b![part] ?? 0));
  return at === undefined ? 0 : (a![at] ?? 0) - (b![at] ?? 0);
}

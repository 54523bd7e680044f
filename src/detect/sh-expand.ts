/** What the words of a shell script become: variables with their defaults, and the splitting of what is not quoted. */
import type { WordPart } from './sh-words.ts';

/** The variables as they are where the word stands. */
export interface Expander {
  get(name: string): string | undefined;
  /** For `${NAME:=default}`. */
  set(name: string, value: string): void;
  /** The output of a command; undefined where only a shell could tell. */
  compute(command: string): string | undefined;
}

/** The word as one string, as in an assignment. */
export function expandText(parts: readonly WordPart[], expander: Expander): string {
  return parts.map((part) => expand(part, expander)).join('');
}

/** The words that one word becomes: an unquoted expansion is split at blanks, and may leave nothing. */
export function expandFields(parts: readonly WordPart[], expander: Expander): string[] {
  const fields: string[] = [];
  let open = false;
  const append = (text: string): void => {
    fields.push(open ? (fields.pop() ?? '') + text : text);
    open = true;
  };
  for (const part of parts) {
    const text = expand(part, expander);
    if (part.kind === 'text' || part.quoted) {
      append(text);
      continue;
    }
    text.split(/([ \t\n]+)/).forEach((piece, index) => {
      if (index % 2 === 1) open = false;
      else if (piece !== '') append(piece);
    });
  }
  return fields;
}

function expand(part: WordPart, expander: Expander): string {
  if (part.kind === 'text') return part.text;
  // What is unknown stays as it is written, so that a message about the value can show it.
  if (part.kind === 'computed') return expander.compute(part.inner) ?? part.text;
  const value = expander.get(part.name) ?? '';
  const missing = part.operator.startsWith(':')
    ? value === ''
    : expander.get(part.name) === undefined;
  switch (part.operator.replace(':', '')) {
    case '-':
      return missing ? expandText(part.operand, expander) : value;
    case '=': {
      if (!missing) return value;
      const fresh = expandText(part.operand, expander);
      expander.set(part.name, fresh);
      return fresh;
    }
    case '+':
      return missing ? '' : expandText(part.operand, expander);
    default:
      return value;
  }
}

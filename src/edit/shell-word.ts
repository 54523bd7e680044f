/** Values of sh assignments: what a written word means, and how to write a value in the quotes that stand there. */

const PIECE =
  /'([^']*)'|"((?:[^"\\`$]|\\[^]|\$(?!\()[^"`\\]?)*)"|\\([^])|\$(\w+)|\$\{(\w+)\}|([^ \t\n'"\\$`]+)/gy;

/**
 * The value of a word; undefined where only a real shell could tell (`$(...)`, `${X:-y}`, ...).
 * @param lookup the value of a variable; without it a word with variables has no value
 */
export function wordValue(
  word: string,
  lookup?: (name: string) => string | undefined,
): string | undefined {
  let value = '';
  let at = 0;
  for (const piece of word.matchAll(PIECE)) {
    const [whole, single, double, escaped, name, braced, bare] = piece;
    const variable = name ?? braced;
    if (double !== undefined) {
      const inner = insideQuotes(double, lookup);
      if (inner === undefined) return undefined;
      value += inner;
    } else if (variable !== undefined) {
      if (lookup === undefined) return undefined;
      value += lookup(variable) ?? '';
    } else if (escaped !== undefined) value += escaped === '\n' ? '' : escaped;
    else value += single ?? bare ?? '';
    at += whole.length;
  }
  return at === word.length ? value : undefined;
}

function insideQuotes(
  text: string,
  lookup?: (name: string) => string | undefined,
): string | undefined {
  const unknown = /(?<!\\)(?:\\\\)*\$(?:\{(?!\w+\})|[^\w{])/.test(text);
  const variables = /(?<!\\)(?:\\\\)*\$[\w{]/.test(text);
  if (unknown || (variables && lookup === undefined)) return undefined;
  return text.replace(
    /\\([\\"$`\n])|\$(\w+)|\$\{(\w+)\}/g,
    (_, escaped: string | undefined, name: string | undefined, braced: string | undefined) => {
      if (escaped !== undefined) return escaped === '\n' ? '' : escaped;
      return lookup?.(name ?? braced ?? '') ?? '';
    },
  );
}

/** Writes the wanted word's value in the quotes of the old word; as the wanted word stands where that cannot be. */
export function inQuotesOf(old: string, wanted: string): string {
  const value = wordValue(wanted);
  if (value === undefined || /[\\"$`\n]/.test(value)) return wanted;
  if (/^"[^"]*"$/.test(old)) return `"${value}"`;
  if (/^'[^']*'$/.test(old) && !value.includes("'")) return `'${value}'`;
  return /^[\w@%+=:,./-]+$/.test(old) && /^[\w@%+=:,./-]+$/.test(value) ? value : wanted;
}

/** `OPTIONS="${OPTIONS} -r 15"`: a line of its own behind the value that the package gives. */
export function refersToItself({
  key,
  word,
}: {
  readonly key: string;
  readonly word: string;
}): boolean {
  return new RegExp(`\\$(?:${key}\\b|\\{${key}\\b)`).test(word);
}

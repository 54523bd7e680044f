/** One parameter of main.cf as `postconf -e` and `postconf -X` set it and take it away: lists are replaced, too. */
import { entryOf, parseMainCf } from './main-cf-parse.ts';
import { lineEnd, splitLines } from './text.ts';

/** @throws EditError where Postfix would stop */
export function setParameter(text: string, key: string, value: string): string {
  const lines = splitLines(text);
  const entry = entryOf(parseMainCf(lines), key);
  const end = lineEnd(lines[entry?.first ?? 0] ?? '') || '\n';
  const line = `${key} = ${value}${end}`;
  if (entry !== undefined) return lines.toSpliced(entry.first, length(entry), line).join('');
  return `${text}${text === '' || text.endsWith('\n') ? '' : end}${line}`;
}

/** Wherever it is set. @throws EditError where Postfix would stop */
export function unsetParameter(text: string, key: string): string {
  const lines = splitLines(text);
  const entries = parseMainCf(lines).filter((entry) => entry.key === key);
  return entries
    .reduceRight((rest, entry) => rest.toSpliced(entry.first, length(entry)), lines)
    .join('');
}

function length({ first, last }: { readonly first: number; readonly last: number }): number {
  return last - first + 1;
}

/** Unified diffs of texts, valid for `patch -p0`, and the same with secrets hidden for the screen. */

import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';

/**
 * The diff of one file with three lines of context; '' where no line changes. A missing side is `/dev/null`.
 * Characters are bytes (latin1), as in the texts.
 */
export function unifiedDiff(
  path: string,
  before: string | undefined,
  after: string | undefined,
): string {
  if (before === after) return '';
  const patch = structuredPatch(
    before === undefined ? '/dev/null' : path,
    after === undefined ? '/dev/null' : path,
    before ?? '',
    after ?? '',
    undefined,
    undefined,
    { context: 3 },
  );
  // An empty file that comes or goes has no lines to show, and patch wants none.
  if (patch.hunks.length === 0) return '';
  const [from = '', to = '', ...hunks] = formatPatch(patch, FILE_HEADERS_ONLY).split('\n');
  // GNU patch ends a file name at its first blank, unless a tab ends it.
  const close = (header: string): string => (/^.{4}.*\s/.test(header) ? `${header}\t` : header);
  return [close(from), close(to), ...hunks].join('\n');
}

const HIDDEN = '[hidden]';
const HIDDEN_NEW = '[hidden, changed]';

/**
 * Replaces the values of the given keys by `mark`, in commented lines and continuation lines as well. Case does not
 * count; `*password` stands for every key that ends so.
 */
export function redactValues(text: string, keys: readonly string[], mark = HIDDEN): string {
  let hiding = false;
  return text
    .split('\n')
    .map((line) => {
      const [, head = '', key = ''] =
        /^(\s*#*\s*(?:export\s+)?([\w.-]+)\s*[=:]?\s*)(?=\S)/.exec(line) ?? [];
      const secret = keys.some((one) => isNamed(key.toLowerCase(), one.toLowerCase()));
      const goesOn = hiding && /^\s+\S/.test(line);
      hiding = secret || goesOn;
      if (secret) return head + mark;
      return goesOn ? `${/^\s*/.exec(line)![0]}${mark}` : line;
    })
    .join('\n');
}

function isNamed(key: string, name: string): boolean {
  return name.startsWith('*') ? key.endsWith(name.slice(1)) : key === name;
}

/** The diff for the screen: values of `keys` are hidden, a change of one still shows as a change. Not for `patch`. */
export function redactedDiff(
  path: string,
  before: string | undefined,
  after: string | undefined,
  keys: readonly string[],
): string {
  const old = before === undefined ? undefined : redactValues(before, keys);
  if (after === undefined) return unifiedDiff(path, old, undefined);
  const changed = before !== undefined && secrets(before, keys) !== secrets(after, keys);
  return unifiedDiff(path, old, redactValues(after, keys, changed ? HIDDEN_NEW : HIDDEN));
}

/** The lines that redaction would change, to see whether a secret differs. */
function secrets(text: string, keys: readonly string[]): string {
  const hidden = redactValues(text, keys).split('\n');
  return text
    .split('\n')
    .filter((line, index) => line !== hidden[index])
    .join('\n');
}

/** Unified diffs of texts, valid for `patch -p0`, and the same with secrets hidden for the screen. */

import { FILE_HEADERS_ONLY, formatPatch, structuredPatch, type StructuredPatchHunk } from 'diff';

/**
 * The diff of one file with three lines of context; '' where no line changes. A missing side is `/dev/null`.
 * Characters are bytes (latin1), as in the texts.
 */
export function unifiedDiff(
  path: string,
  before: string | undefined,
  after: string | undefined,
): string {
  return diffOf(path, before, after, (hunk) => hunk);
}

function diffOf(
  path: string,
  before: string | undefined,
  after: string | undefined,
  shown: (hunk: StructuredPatchHunk) => StructuredPatchHunk,
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
  const printed = { ...patch, hunks: patch.hunks.map(shown) };
  const [from = '', to = '', ...hunks] = formatPatch(printed, FILE_HEADERS_ONLY).split('\n');
  // GNU patch ends a file name at its first blank, unless a tab ends it.
  const close = (header: string): string => (/^.{4}.*\s/.test(header) ? `${header}\t` : header);
  return [close(from), close(to), ...hunks].join('\n');
}

const HIDDEN = '[hidden]';
const HIDDEN_NEW = '[hidden, changed]';

/**
 * Replaces the values of the given keys by `mark`, in commented lines and continuation lines as well, and user and
 * password of every URL. Case does not count; `*password` stands for every key that ends so.
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
      if (goesOn) return `${/^\s*/.exec(line)![0]}${mark}`;
      return line.replace(/(:\/\/)[^\s/:@]+:[^\s/@]+(?=@)/g, `$1${mark}`);
    })
    .join('\n');
}

function isNamed(key: string, name: string): boolean {
  return name.startsWith('*') ? key.endsWith(name.slice(1)) : key === name;
}

/**
 * The diff for the screen: values of `keys` are hidden, a change of one still shows as a change. `patch` reads it where
 * no secret is changed, or stands between two changes.
 */
export function redactedDiff(
  path: string,
  before: string | undefined,
  after: string | undefined,
  keys: readonly string[],
): string {
  const old = before === undefined ? undefined : redactValues(before, keys);
  if (after === undefined) return diffOf(path, old, undefined, withoutHiddenContext);
  const changed = before !== undefined && secrets(before, keys) !== secrets(after, keys);
  const now = redactValues(after, keys, changed ? HIDDEN_NEW : HIDDEN);
  return diffOf(path, old, now, withoutHiddenContext);
}

/**
 * Patch would look in vain for a hidden line around a change, so less is shown around it: as much above as below, for
 * patch takes a hunk with less above for one at the beginning of the file.
 */
function withoutHiddenContext(hunk: StructuredPatchHunk): StructuredPatchHunk {
  const isChange = (line: string): boolean => !line.startsWith(' ');
  const first = hunk.lines.findIndex(isChange);
  const last = hunk.lines.findLastIndex(isChange);
  const above = hunk.lines.slice(0, first).toReversed();
  const below = hunk.lines.slice(last + 1);
  if (![...above, ...below].some(isHidden)) return hunk;
  const visible = [above, below].map((lines) => lines.findIndex(isHidden));
  const kept = Math.min(
    ...[above, below].map((lines, side) => (visible[side]! < 0 ? lines.length : visible[side]!)),
  );
  const dropped = [above.length - kept, below.length - kept] as const;
  return {
    oldStart: hunk.oldStart + dropped[0],
    newStart: hunk.newStart + dropped[0],
    oldLines: hunk.oldLines - dropped[0] - dropped[1],
    newLines: hunk.newLines - dropped[0] - dropped[1],
    lines: hunk.lines.slice(dropped[0], hunk.lines.length - dropped[1]),
  };
}

const isHidden = (line: string): boolean => line.includes(HIDDEN);

/** The lines that redaction would change, to see whether a secret differs. */
function secrets(text: string, keys: readonly string[]): string {
  const hidden = redactValues(text, keys).split('\n');
  return text
    .split('\n')
    .filter((line, index) => line !== hidden[index])
    .join('\n');
}

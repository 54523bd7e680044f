/** A write-file change as a unified diff for people: decoded, secrets hidden, coloured. */
import { redactedDiff } from '../edit/unified-diff.ts';
import type { WriteFile } from '../change/change.ts';
import type { Style } from './style.ts';

export interface FileDiff {
  /** Empty where nothing differs. */
  readonly text: string;
  readonly added: number;
  readonly removed: number;
}

/** The diff without colour; the values of secret keys are hidden. A program has none: its summary stands for it. */
export function diffOf(change: WriteFile): FileDiff {
  if (change.summary !== undefined) return { text: '', added: 0, removed: 0 };
  const { path, before, after, secrets = [] } = change;
  const text = decode(redactedDiff(path, before, after, secrets));
  const lines = text.split('\n');
  // Only what follows the first hunk's header: a removed "-- x" looks like a file header.
  const hunk = lines.findIndex((line) => line.startsWith('@@'));
  const body = hunk === -1 ? [] : lines.slice(hunk);
  return {
    text,
    added: body.filter((line) => line.startsWith('+')).length,
    removed: body.filter((line) => line.startsWith('-')).length,
  };
}

/** Colours a unified diff as git does: headers bold, hunks cyan, plus green, minus red. */
export function paintDiff(diff: string, style: Style): string {
  return diff
    .split('\n')
    .map((line) => {
      if (/^(---|\+\+\+) /.test(line)) return style.paint('bold', line);
      if (line.startsWith('@@')) return style.paint('cyan', line);
      if (line.startsWith('+')) return style.paint('green', line);
      if (line.startsWith('-')) return style.paint('red', line);
      return line;
    })
    .join('\n');
}

/** Config texts are latin1, a character a byte; most of them are UTF-8 in truth. */
function decode(text: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
}

/** Reads a milter's own config file with its format's editor, and says on which line the setting stands. */
import { EditError } from '../edit/format.ts';
import { editorFor } from '../edit/editors.ts';
import { parseGreylist } from '../edit/greylist-parse.ts';
import { splitLines } from '../edit/text.ts';
import { readText, type HostReader } from '../host/host.ts';
import type { ConfigFormat } from './socket-rules.ts';
import type { Sourced } from './sh-variables.ts';

type Warn = (warning: string) => void;

/** The value that the program would use; undefined where the file does not set it, or (a warning) does not parse. */
export function readSetting(
  host: HostReader,
  path: string,
  format: ConfigFormat,
  key: string,
  warn: Warn,
): Sourced | undefined {
  const value = parsed(host, path, warn, (text) => editorFor(format).read(text, key));
  if (value === undefined) return undefined;
  // milter-greylist's `socket "/path" 660` has the mode behind the path.
  const own = format === 'greylist' ? value.replace(/^"([^"]*)".*$/, '$1') : value;
  return { value: own, source: sourceOf(host, path, key, own) };
}

/** Where a line that begins with `Example` stops ClamAV's programs from starting; undefined where there is none. */
export function exampleLine(host: HostReader, path: string): string | undefined {
  const lines = splitLines(readText(host, path) ?? '');
  const index = lines.findIndex((line) => /^\s*Example/.test(line));
  return index < 0 ? undefined : `${path}:${index + 1}`;
}

/** Seconds of the longest tarpit in a greylist.conf: so much later may the milter answer. */
export function longestTarpit(host: HostReader, path: string, warn: Warn): number {
  const statements = parsed(host, path, warn, (text) => parseGreylist(splitLines(text))) ?? [];
  const delays = statements
    .filter(({ key }) => /^r?acl\b/.test(key))
    .map(({ words }) => secondsAfter(words, 'tarpit'));
  return Math.max(0, ...delays);
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

function secondsAfter(words: readonly string[], keyword: string): number {
  const at = words.findIndex((word) => word.toLowerCase() === keyword);
  const match = /^(\d+)([smhdw]?)$/i.exec(at < 0 ? '' : (words[at + 1] ?? ''));
  return match ? Number(match[1]) * (SECONDS[match[2]!.toLowerCase()] ?? 1) : 0;
}

function parsed<T>(
  host: HostReader,
  path: string,
  warn: Warn,
  parse: (text: string) => T,
): T | undefined {
  const text = readText(host, path);
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    warn(`${path}: ${error.message}`);
    return undefined;
  }
}

function sourceOf(host: HostReader, path: string, key: string, value: string): string {
  const lines = splitLines(readText(host, path) ?? '');
  const index = lines.findIndex(
    (line) => line.trimStart().toLowerCase().startsWith(key.toLowerCase()) && line.includes(value),
  );
  return index < 0 ? path : `${path}:${index + 1}`;
}

/** Reads one setting of a milter's own config file, with the line that it stands on. */
import { readText, type HostReader } from '../host/host.ts';
import type { ConfigFormat } from './candidates.ts';
import type { Sourced } from './sh-variables.ts';

/** The value that the program would use; undefined where the file does not set it. */
export function readSetting(
  host: HostReader,
  path: string,
  format: ConfigFormat,
  key: string,
): Sourced | undefined {
  const text = readText(host, path);
  if (text === undefined) return undefined;
  const found: Sourced[] = [];
  text.split('\n').forEach((line, index) => {
    const value = settingOn(line, format, key);
    if (value !== undefined) found.push({ value, source: `${path}:${index + 1}` });
  });
  return format === 'clamav' ? found[0] : found.at(-1);
}

function settingOn(line: string, format: ConfigFormat, key: string): string | undefined {
  switch (format) {
    case 'greylist':
      return new RegExp(`^\\s*${key}\\s+"([^"]*)"`, 'i').exec(line)?.[1];
    case 'clamav':
      return new RegExp(`^\\s*${key}\\s+"?(.*?)"?$`).exec(line)?.[1];
    case 'key-value':
      return new RegExp(`^\\s*${key}\\s+([^\\s#]+)`, 'i').exec(line)?.[1];
    case 'equals':
      return new RegExp(`^\\s*${key}\\s*=\\s*([^\\s#]+)`, 'i').exec(line)?.[1];
    case 'colon':
      return new RegExp(`^\\s*${key.replace('.', '\\.')}\\s*:\\s*([^\\s#]+)`).exec(line)?.[1];
  }
}

/** Where a line that begins with `Example` stops ClamAV's programs from starting; undefined where there is none. */
export function exampleLine(host: HostReader, path: string): string | undefined {
  const lines = (readText(host, path) ?? '').split('\n');
  const index = lines.findIndex((line) => /^\s*Example/.test(line));
  return index < 0 ? undefined : `${path}:${index + 1}`;
}

/** Seconds of the longest tarpit in a greylist.conf, by which the milter may answer late. */
export function longestTarpit(host: HostReader, path: string): number {
  const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  let longest = 0;
  for (const line of (readText(host, path) ?? '').split('\n')) {
    const match = /^\s*r?acl\b.*\btarpit\s+(\d+)([smhdw]?)/i.exec(line);
    if (match)
      longest = Math.max(longest, Number(match[1]) * seconds[match[2]?.toLowerCase() || 's']!);
  }
  return longest;
}

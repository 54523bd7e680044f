/** The directory that remembers what we did on a host, and what we last wrote into each file. */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Host, HostReader } from '../host/host.ts';
import { readText } from '../host/host.ts';
import { SetupError } from '../host/setup-error.ts';

/** SHA-256 in hexadecimal. */
export function fingerprint(bytes: Buffer | string): string {
  const hash = createHash('sha256');
  return (typeof bytes === 'string' ? hash.update(bytes, 'latin1') : hash.update(bytes)).digest(
    'hex',
  );
}

/** Makes a directory that is ours, and those above it. */
export function ensureDirectory(host: Host, path: string, mode = 0o755): void {
  if (host.stat(path)?.type === 'directory') return;
  if (dirname(path) !== path) ensureDirectory(host, dirname(path));
  host.makeDirectory(path, mode);
}

/** SHA-256 of what we last wrote, by path. Readable by all: `plan` needs it, and it tells nothing. */
export type Written = Readonly<Record<string, string>>;

/**
 * The SHA-256 (hexadecimal) of what our last finished run wrote into a file; undefined where the file is not ours. Where
 * it differs from what is there, somebody has edited the file since.
 */
export function lastWritten(
  host: HostReader,
  stateDirectory: string,
  path: string,
): string | undefined {
  return readWritten(host, stateDirectory)[path];
}

export function readWritten(host: HostReader, stateDirectory: string): Written {
  const path = `${stateDirectory}/written.json`;
  const text = readText(host, path);
  if (text === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'latin1').toString('utf8'));
    return Object.fromEntries(
      Object.entries(parsed as object).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    );
  } catch (cause) {
    throw new SetupError({
      code: 'state-broken',
      message: `${path} is not what we wrote`,
      hint: `Remove it; files that we wrote then count as edited by hand.`,
      cause,
    });
  }
}

/** Notes what was written last: a fingerprint, or null where the file is not ours any more. */
export function updateWritten(
  host: Host,
  stateDirectory: string,
  news: ReadonlyMap<string, string | null>,
): void {
  const before = readWritten(host, stateDirectory);
  const after = Object.fromEntries(
    [...new Map<string, string | null>([...Object.entries(before), ...news])]
      .filter((entry): entry is [string, string] => entry[1] !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  const text = `${JSON.stringify(after, null, 2)}\n`;
  host.write(`${stateDirectory}/written.json`, Buffer.from(text), { mode: 0o644 });
}

/** Postfix's own reader of its files: what `postconf` says of a directory. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterThisFile } from '../cleanup.ts';

export const havePostconf = spawnSync('postconf', ['-h', 'mail_version']).status === 0;
if (!havePostconf) console.warn('skipped: no postconf on this machine');

let directory: string | undefined;

/** Lines that `postconf` prints of these files; undefined where it refuses them. */
export function postconf(
  mainCf: string,
  masterCf: string,
  ...options: readonly string[]
): readonly string[] | undefined {
  if (directory === undefined) {
    const made = (directory = mkdtempSync(join(tmpdir(), 'postconf-')));
    afterThisFile(() => {
      directory = undefined;
      rmSync(made, { recursive: true });
    });
  }
  for (const [name, text] of Object.entries({ 'main.cf': mainCf, 'master.cf': masterCf })) {
    const path = join(directory, name);
    writeFileSync(path, text, 'latin1');
    // Postfix waits a second or two for a file that somebody may be writing still.
    utimesSync(path, 1e9, 1e9);
  }
  try {
    const output = execFileSync('postconf', ['-c', directory, ...options], {
      encoding: 'latin1',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    });
    return output.split('\n').filter((line) => line !== '');
  } catch {
    return undefined;
  }
}

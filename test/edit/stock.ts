/** The real configuration files and install documents beside the repository; tests that need them skip without. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url));
export const STOCK = join(SHARED, 'stock');
export const haveShared = existsSync(STOCK);

if (!haveShared) console.warn('skipped: the stock files are not beside the repository (../shared)');

/** A stock file as latin1; `name` begins with the platform. */
export function stock(name: string): string {
  return readFileSync(join(STOCK, name), 'latin1');
}

/** All stock files whose path matches, relative to the stock directory. */
export function stockFiles(pattern: RegExp): string[] {
  if (!haveShared) return [];
  return readdirSync(STOCK, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(STOCK, join(entry.parentPath, entry.name)))
    .filter((name) => pattern.test(name))
    .sort();
}

/** The text in the nth `<pre>` after `heading` in an install document: a Before or After block. */
export function documentBlock(name: 'freebsd' | 'centos6', after: string, nth = 1): string {
  const text = readFileSync(join(SHARED, `seeds/install-to-${name}.txt`), 'latin1');
  const blocks = text.slice(text.indexOf(after)).split('<pre>');
  return `${blocks[nth]!.split('</pre>')[0]!}\n`;
}

/** The lines that one text has and the other has not, marked as in a diff, in order. */
export function changedLines(before: string, after: string): string[] {
  const old = before.split('\n');
  const now = after.split('\n');
  const rows: string[] = [];
  let from = 0;
  for (const line of now) {
    const at = old.indexOf(line, from);
    if (at < 0) {
      rows.push(`+${line}`);
      continue;
    }
    rows.push(...old.slice(from, at).map((gone) => `-${gone}`));
    from = at + 1;
  }
  return [...rows, ...old.slice(from).map((gone) => `-${gone}`)];
}

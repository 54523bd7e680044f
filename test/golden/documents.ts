/** The two install documents beside the repository, by their line numbers; tests that read them skip without. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SEEDS = fileURLToPath(new URL('../../../shared/seeds/', import.meta.url));
export const haveDocuments = existsSync(SEEDS);
if (!haveDocuments) console.warn('skipped: the install documents are not beside the repository');

export interface InstallDocument {
  /** The lines of the `<pre>` block that begins on that line. */
  block(line: number): readonly string[];
  /** The commands (`% ...`), each with its line number. */
  commands(): readonly (readonly [line: number, command: string])[];
}

export function installDocument(name: 'freebsd' | 'centos6'): InstallDocument {
  const lines = readFileSync(join(SEEDS, `install-to-${name}.txt`), 'utf8').split('\n');
  const bare = (line: string) => line.replace(/^<pre>/, '').replace(/<\/pre>$/, '');
  return {
    block(line) {
      const from = line - 1;
      if (!lines[from]!.startsWith('<pre>')) throw new Error(`line ${line} begins no block`);
      const to = lines.findIndex((each, index) => index >= from && each.endsWith('</pre>'));
      return lines.slice(from, to + 1).map(bare);
    },
    commands() {
      return lines.flatMap((line, index) => {
        const found = /^% (?:sudo )?(.*)$/.exec(bare(line));
        return found ? [[index + 1, found[1]!] as const] : [];
      });
    },
  };
}

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes the licences of the packages that a bundle holds: their terms ask that they go along.
 * @param {ReadonlySet<string>} moduleIds absolute paths of the bundled modules
 */
export function writeLicenses(moduleIds, target) {
  const directories = new Set();
  for (const id of moduleIds) {
    const match = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id);
    if (match) directories.add(match[1]);
  }
  const texts = [...directories].sort().map((directory) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(directory, 'package.json'), 'utf8'),
    );
    const file = readdirSync(directory).find((each) => /^licen[cs]e/i.test(each));
    const text =
      file === undefined ? `Licence: ${license}` : readFileSync(join(directory, file), 'utf8');
    return `${name} ${version}\n\n${text.trim()}\n`;
  });
  writeFileSync(target, texts.join(`\n${'-'.repeat(72)}\n\n`));
}

/** Writes the manual pages of the three programs into the directory that it is given; part of the build. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../program/version.ts';
import { PAGES } from './pages.ts';
import { roffOf } from './roff.ts';

const [directory = 'dist/man'] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
for (const page of PAGES) {
  writeFileSync(join(directory, `${page.name}.${page.section}`), roffOf(page, VERSION));
}

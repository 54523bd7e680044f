/** Arrows between the folders of src/ point down only, and big libraries stay in their rooms. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = new URL('../src', import.meta.url).pathname;

/** What each folder may import beside itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  cli: ['commands', 'questions', 'ui', 'host', 'platforms'],
  commands: [
    ...['ui', 'questions', 'plan', 'apply', 'doctor', 'tester', 'demo', 'predecessor'],
    ...['milters', 'platforms', 'detect', 'change', 'edit', 'host'],
  ],
  doctor: ['plan', 'predecessor', 'milters', 'platforms', 'detect', 'change', 'edit', 'host'],
  ui: ['questions', 'plan', 'apply', 'doctor', 'change', 'edit', 'host'],
  questions: ['host', 'milters', 'platforms'],
  plan: ['predecessor', 'milters', 'platforms', 'detect', 'change', 'edit', 'host'],
  apply: ['plan', 'change', 'edit', 'host'],
  tester: ['protocol'],
  demo: ['protocol'],
  milters: ['platforms', 'change', 'edit', 'host'],
  platforms: ['change', 'host'],
  predecessor: ['platforms', 'detect', 'host', 'protocol'],
  detect: ['platforms', 'edit', 'host', 'protocol'],
  manager: ['manager-config', 'protocol', 'detect', 'host', 'platforms'],
  'manager-config': ['protocol', 'detect', 'host', 'platforms'],
  change: [],
  edit: [],
  protocol: [],
  host: [],
  // What all three programs share; it may be looked at from everywhere.
  program: [],
};

/** Tables that completion and manual pages are made of. */
const TABLES = ['manager/program/command-line.ts'];

/** Packages that only these folders may import. */
const ROOMS: Readonly<Record<string, string>> = { inquirer: 'ui', listr2: 'ui', execa: 'host' };

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The file below src/, where it is one of ours. */
  readonly path: string;
  readonly typeOnly: boolean;
}

function sources(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

const imports: Import[] = sources(SRC).flatMap((file) => {
  const folder = relative(SRC, file).split('/')[0]!;
  const text = readFileSync(file, 'utf8');
  const pattern = /(?:^|\n)(import|export)(\s+type)?\s[^;]*?\sfrom\s'([^']+)'|import\('([^']+)'\)/g;
  return [...text.matchAll(pattern)].map((match) => {
    const target = match[3] ?? match[4]!;
    const to = target.startsWith('.')
      ? relative(SRC, join(dirname(file), target)).split('/')[0]!
      : target;
    const path = relative(SRC, join(dirname(file), target));
    return { file: relative(SRC, file), from: folder, to, path, typeOnly: match[2] !== undefined };
  });
});

describe('the layers', () => {
  it('sees the imports', () => {
    expect(imports.length).toBeGreaterThan(300);
    expect(imports.some(({ to }) => to === 'inquirer')).toBe(true);
  });

  it('have no arrow that points up', () => {
    const forbidden = imports.filter(
      ({ from, to, path, typeOnly }) =>
        from in ALLOWED &&
        to in ALLOWED &&
        from !== to &&
        // The types of a plan are what all layers speak of; they are no code.
        !(typeOnly && to === 'plan') &&
        to !== 'program' &&
        !(from === 'commands' && TABLES.includes(path)) &&
        !ALLOWED[from]!.includes(to),
    );
    expect(forbidden).toEqual([]);
  });

  it('keep inquirer and listr2 in ui, execa in host', () => {
    const strays = imports.filter(({ from, to }) => ROOMS[to] !== undefined && ROOMS[to] !== from);
    expect(strays).toEqual([]);
  });

  it('keep everything of the wizard out of the daemon', () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      const text = readFileSync(join(SRC, file), 'utf8');
      for (const [, target] of text.matchAll(
        /(?:^|\n)(?:import|export)(?! type)[^;]*?from '(\.[^']+)'/g,
      )) {
        visit(relative(SRC, join(SRC, dirname(file), target!)));
      }
      expect(text).not.toMatch(/from '(inquirer|listr2|execa)'/);
    };
    visit('manager/program/main.ts');
    expect(reached.size).toBeGreaterThan(20);
  });
});

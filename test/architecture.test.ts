/** Arrows between the folders of src/ point down only, and big libraries stay in their rooms. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  circles,
  folderOf,
  forbiddenImports,
  reachedFrom,
  readImportGraph,
  type ImportGraph,
} from './import-graph.ts';

/** What each folder may import beside itself, from the top of the house to its ground. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  cli: ['commands', 'ui', 'questions', 'platforms', 'host', 'program'],
  manual: ['commands', 'ui', 'questions', 'manager-config', 'tester', 'program'],
  commands: [
    'history',
    ...['ui', 'doctor', 'apply', 'plan', 'questions', 'milters', 'manager-config', 'predecessor'],
    ...['demo', 'tester', 'postfix', 'detect', 'platforms', 'change', 'edit', 'host'],
  ],
  ui: ['history', 'doctor', 'apply', 'plan', 'questions', 'change', 'edit', 'host', 'program'],
  doctor: [
    ...['plan', 'milters', 'manager-config', 'predecessor', 'detect', 'platforms', 'change'],
    ...['postfix', 'edit', 'host'],
  ],
  apply: ['history', 'plan', 'change', 'postfix', 'edit', 'host', 'protocol'],
  plan: [
    ...['questions', 'milters', 'manager-config', 'predecessor', 'detect', 'platforms'],
    ...['postfix', 'change', 'edit', 'host'],
  ],
  questions: ['milters', 'platforms', 'host'],
  manager: ['manager-config', 'history', 'host', 'protocol', 'program'],
  'manager-config': ['milters', 'postfix', 'detect', 'platforms', 'host', 'protocol'],
  milters: ['detect', 'platforms', 'change', 'edit', 'host', 'protocol'],
  predecessor: ['detect', 'platforms', 'host'],
  demo: ['protocol'],
  tester: ['protocol', 'program'],
  detect: ['platforms', 'edit', 'host', 'protocol'],
  postfix: ['edit', 'host', 'protocol'],
  platforms: ['change', 'host'],
  history: [],
  change: [],
  edit: [],
  host: [],
  protocol: [],
  program: [],
};

/** The table of the manager's options, of which completion and manual pages are made. */
const EXCEPTIONS = ['commands/completion/programs.ts imports manager/program/command-line.ts'];

/** Packages that only these folders may import. */
const ROOMS: Readonly<Record<string, string>> = { inquirer: 'ui', listr2: 'ui', execa: 'host' };

const SRC = new URL('../src/', import.meta.url);
const graph = readImportGraph(SRC.pathname);

/** The sources with one more import. */
function withImport(file: string, target: string): ImportGraph {
  return new Map([...graph, [file, [...graph.get(file)!, target]]]);
}

describe('the layers', () => {
  it('see the imports of packages, of types, and those that load a verb', () => {
    expect(graph.get('ui/ask.ts')).toContain('inquirer');
    expect(graph.get('change/change.ts')).toEqual([]);
    expect(graph.get('ui/progress.ts')).toContain('apply/events.ts');
    expect(graph.get('commands/load-verb.ts')).toContain('commands/wizard.ts');
  });

  it('have every folder, and none that may look up', () => {
    const order = Object.keys(ALLOWED);
    expect([...new Set([...graph.keys()].map(folderOf))].toSorted()).toEqual(order.toSorted());
    for (const [folder, below] of Object.entries(ALLOWED)) {
      for (const each of below) expect(order.indexOf(each)).toBeGreaterThan(order.indexOf(folder));
    }
  });

  it('have a row each in src/README.md, which names only files that there are', () => {
    const readme = readFileSync(new URL('README.md', SRC), 'utf8');
    const rows = [...readme.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, folder]) => folder);
    expect(rows.toSorted()).toEqual(Object.keys(ALLOWED).toSorted());
    const files = [...readme.matchAll(/`([a-z-]+\/[a-z/-]+\.ts)`/g)].map(([, file]) => file!);
    expect(files.filter((file) => !graph.has(file))).toEqual([]);
  });

  it('have no arrow that points up, types included', () => {
    expect(forbiddenImports(graph, ALLOWED, EXCEPTIONS)).toEqual([]);
    const planted = withImport('change/change.ts', 'plan/task.ts');
    expect(forbiddenImports(planted, ALLOWED, EXCEPTIONS)).toEqual([
      'change/change.ts imports plan/task.ts',
    ]);
  });

  it('have no circle of files', () => {
    expect(circles(graph)).toEqual([]);
    const planted = withImport('plan/task.ts', 'plan/build-plan.ts');
    expect(circles(planted).flat()).toEqual(
      expect.arrayContaining(['plan/build-plan.ts', 'plan/task.ts']),
    );
  });

  it('keep inquirer and listr2 in ui, execa in host', () => {
    const strays = [...graph].flatMap(([file, targets]) =>
      targets
        .filter((target) => ROOMS[target] !== undefined && ROOMS[target] !== folderOf(file))
        .map((target) => `${file} imports ${target}`),
    );
    expect(strays).toEqual([]);
  });

  it('keep everything of the wizard out of the daemon', () => {
    const reached = reachedFrom(graph, 'manager/program/main.ts');
    expect(reached.size).toBeGreaterThan(20);
    for (const name of Object.keys(ROOMS)) expect(reached).not.toContain(name);
  });
});

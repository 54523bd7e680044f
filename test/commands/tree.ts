/** A small mail host in a temporary directory, and the whole program run on it. */
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DEMO_DIRECTORIES, DEMO_FILES, DEMO_LINKS } from '../../src/demo/tree.ts';

const PROGRAM = new URL('../../bin/milter-setup.js', import.meta.url).pathname;

export interface Tree {
  readonly root: string;
  read(path: string): string;
  write(path: string, text: string): void;
  /** Every file below /etc and /usr with its text, for comparisons. */
  snapshot(): Readonly<Record<string, string>>;
  /** Runs the built program with --root. */
  run(...words: readonly string[]): Promise<Ended>;
  remove(): void;
}

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The demo's Debian host: packages installed, nothing set up. */
export function growTree(): Tree {
  const root = mkdtempSync(join(tmpdir(), 'milter-setup-test-'));
  const write = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode });
  };
  for (const path of DEMO_DIRECTORIES) mkdirSync(join(root, path), { recursive: true });
  for (const { path, text, mode } of DEMO_FILES) write(path, text, mode);
  for (const [path, target] of Object.entries(DEMO_LINKS)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    symlinkSync(target, join(root, path));
  }
  return {
    root,
    read: (path) => readFileSync(join(root, path), 'latin1'),
    write: (path, text) => write(path, text),
    snapshot: () =>
      Object.fromEntries(
        ['etc', 'usr'].flatMap((top) =>
          readdirSync(join(root, top), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name))
            .map((path) => [path.slice(root.length), readFileSync(path, 'latin1')] as const),
        ),
      ),
    run: (...words) => runProgram(...words, '--root', root),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Runs bin/milter-setup.js, its standard input closed. */
export function runProgram(...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [PROGRAM, ...words],
      { env: { PATH: process.env['PATH'] }, maxBuffer: 1 << 26 },
      (error, stdout, stderr) =>
        resolve({ exitCode: error ? (error.code as unknown as number) : 0, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

/** Our code in a process of its own: on a pseudo-terminal with somebody who types, or with pipes. */
import { spawn as spawnPiped } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { rolldown } from 'rolldown';

export interface Bundle {
  readonly path: string;
  remove(): void;
}

/** One TypeScript program as a file that Node runs. */
export async function bundleProgram(input: string): Promise<Bundle> {
  const directory = mkdtempSync(join(tmpdir(), 'milter-setup-program-'));
  const path = join(directory, 'program.cjs');
  const remove = (): void => rmSync(directory, { recursive: true });
  try {
    const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' });
    await bundle.write({ file: path, format: 'cjs', codeSplitting: false });
  } catch (error) {
    remove();
    throw error;
  }
  return { path, remove };
}

export interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

export type Environment = Readonly<Record<string, string>>;

/** Without what the developer's own terminal or CI sets. */
export const UTF8_TERMINAL: Environment = {
  PATH: process.env['PATH'] ?? '',
  HOME: tmpdir(),
  TERM: 'xterm-256color',
  LANG: 'C.UTF-8',
};

/** Waits for each text in turn, then types what belongs to it. */
export function talk(
  argv: readonly string[],
  dialogue: readonly (readonly [expected: string, typed: string])[],
  environment: Environment = UTF8_TERMINAL,
): Promise<Ended> {
  const terminal = spawn(process.execPath, [...argv], {
    cols: 100,
    rows: 40,
    env: { ...environment },
    cwd: tmpdir(),
  });
  const waiting = [...dialogue];
  let output = '';
  let seen = 0;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      terminal.kill('SIGKILL');
      reject(new Error(`never saw ${JSON.stringify(waiting[0]?.[0])} in:\n${plain(output)}`));
    }, 15_000);
    terminal.onData((data) => {
      output += data;
      const next = waiting[0];
      const at = next === undefined ? -1 : plain(output).indexOf(next[0], seen);
      if (next === undefined || at === -1) return;
      seen = at + next[0].length;
      waiting.shift();
      // A prompt throws away what was typed before it listens.
      setTimeout(() => terminal.write(next[1]), 60);
    });
    terminal.onExit(({ exitCode }) => {
      clearTimeout(timer);
      resolve({ exitCode, output });
    });
  });
}

/** With pipes; the input is closed. */
export function pipe(argv: readonly string[], environment: Environment): Promise<Ended> {
  const child = spawnPiped(process.execPath, [...argv], {
    env: { ...environment },
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  return new Promise((resolve) =>
    child.on('close', (code) => resolve({ exitCode: code ?? -1, output })),
  );
}

/** What is left without escape sequences. */
export function plain(output: string): string {
  return output
    .replace(/\u001B(\[[\d;?]*[A-Za-z]|\][^\u0007]*\u0007|[78])/g, '')
    .replaceAll('\r', '');
}

/** The background: Node cannot fork, so the program starts itself again without a terminal and waits for its word. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** Set for the process in the background: where it was started. */
const MARK = 'MILTER_MANAGER_IN_BACKGROUND';

/** What the process in the background says once to the one that started it. */
export type Word = { readonly serving: true } | { readonly failure: string };

export function isInBackground(): boolean {
  return process.env[MARK] !== undefined;
}

/** A path of the command line, wherever we are by now. */
export function fromTheStart(path: string): string {
  return resolve(process.env[MARK] ?? '', path);
}

/** Runs this program again in the background; gives its exit code, or 0 when it says that it serves. */
export function startInBackground(): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      detached: true,
      cwd: '/',
      env: { ...process.env, [MARK]: process.cwd() },
      // A daemon must not keep the streams of whoever started it.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('message', (word: Word) => {
      if ('failure' in word) process.stderr.write(word.failure);
      else {
        child.disconnect();
        child.unref();
        resolve(0);
      }
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Tells the starter that we serve, or why we do not. */
export function tellStarter(word: Word): void {
  if (!isInBackground() || !process.send) return;
  process.send(word, () => {
    if (process.connected) process.disconnect();
  });
}

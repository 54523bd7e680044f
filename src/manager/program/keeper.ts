/**
 * In the background, the process above the manager: where no service manager does it, it starts the manager again
 * whenever it dies, after a pause that grows, for ever. It passes signals on, and serves nothing itself.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Word } from './daemonize.ts';

/** Set for the process that is kept. */
const MARK = 'MILTER_MANAGER_KEPT';

/** Milliseconds from a death to the next start; doubled with each, up to the longest. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60_000;
/** Milliseconds: after a life as long as this the pauses begin anew. */
const LONG_LIFE = 120_000;

/** Whether somebody starts this process again when it dies, and is the one to be told by signals. */
export function isKept(): boolean {
  return process.env[MARK] !== undefined;
}

/**
 * Starts this program again, and again when it dies; gives the exit code when it was told to stop, or never came to
 * serve.
 * @param said takes its first word: that it serves, or why it does not
 */
export function keep(said: (word: Word) => void): Promise<number> {
  return new Promise((resolve) => {
    let child: ChildProcess | undefined;
    let timer: NodeJS.Timeout | undefined;
    let pause = FIRST_PAUSE;
    let served = false;
    let stopping = false;
    const start = (): void => {
      const began = performance.now();
      const kept = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
        env: { ...process.env, [MARK]: 'yes' },
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      child = kept;
      kept.on('message', (word: Word) => {
        if (!served) said(word);
        served ||= 'serving' in word;
      });
      kept.on('exit', (code) => {
        child = undefined;
        if (stopping || !served) {
          resolve(code ?? (stopping ? 0 : 1));
          return;
        }
        if (performance.now() - began >= LONG_LIFE) pause = FIRST_PAUSE;
        timer = setTimeout(start, pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      });
    };
    for (const signal of ['SIGHUP', 'SIGUSR1'] as const)
      process.on(signal, () => child?.kill(signal));
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => {
        stopping = true;
        clearTimeout(timer);
        if (child) child.kill('SIGTERM');
        else resolve(0);
      });
    start();
  });
}

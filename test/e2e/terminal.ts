/** A person at a terminal: reads what appears, presses keys. */
import { stripVTControlCharacters } from 'node:util';
import { spawn } from '@lydell/node-pty';

export const KEYS = {
  enter: '\r',
  space: ' ',
  down: '\x1b[B',
  backspace: '\x7f',
  controlC: '\x03',
} as const;

export interface Terminal {
  /** Waits until the text appears that was not there when the last key was pressed. */
  see(text: string | RegExp): Promise<void>;
  press(...keys: readonly string[]): void;
  /** The line is lost: the terminal is gone for those who write to it. */
  hangUp(): void;
  /** All that has appeared, without colours and cursor movements. */
  readonly screen: string;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number>;
}

export function openTerminal([program, ...argv]: readonly [string, ...string[]]): Terminal {
  const terminal = spawn(program, argv, {
    name: 'xterm-256color',
    cols: 110,
    rows: 50,
    env: { ...process.env, TERM: 'xterm-256color' },
  });
  let text = '';
  let pressed = 0;
  let changed: () => void = () => undefined;
  terminal.onData((data) => {
    text += data;
    changed();
  });
  const ended = new Promise<number>((resolve) => {
    terminal.onExit(({ exitCode }) => resolve(exitCode));
  });
  const plain = (from: number): string => stripVTControlCharacters(text.slice(from));
  return {
    get screen() {
      return plain(0);
    },
    ended,
    press(...keys) {
      pressed = text.length;
      for (const key of keys) terminal.write(key);
    },
    hangUp() {
      process.kill(-terminal.pid, 'SIGHUP');
    },
    async see(wanted) {
      const deadline = Date.now() + 60_000;
      const visible = (): boolean => {
        const now = plain(pressed);
        return typeof wanted === 'string' ? now.includes(wanted) : wanted.test(now);
      };
      while (!visible()) {
        if (Date.now() > deadline) {
          throw new Error(`never saw ${String(wanted)} on the terminal:\n${plain(pressed)}`);
        }
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 500);
          changed = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
  };
}

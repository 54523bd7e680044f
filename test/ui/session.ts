/** Somebody at a terminal: starts the program, waits until it has said all that it has to say, looks, and types. */
import { tmpdir } from 'node:os';
import { spawn } from '@lydell/node-pty';
import { Screen } from './screen.ts';
import { plain, UTF8_TERMINAL, type Environment } from './terminal.ts';

export interface SessionSetup {
  readonly program: string;
  readonly argv?: readonly string[];
  readonly environment?: Environment;
  readonly columns?: number;
  readonly rows?: number;
}

export interface Session {
  readonly screen: Screen;
  /** Waits until this was said since the last key, and nothing more is. */
  sees(text: string): Promise<void>;
  type(keys: string): void;
  /** Waits for the end. @returns the exit code */
  ended(): Promise<number>;
  /** All that was written, with its escape sequences. */
  output(): string;
}

/** How long nothing is written before somebody is waited for; a prompt throws away what was typed before it listens. */
const QUIET = 70;
const PATIENCE = 12_000;

export function sit(setup: SessionSetup): Session {
  const { program, argv = [], environment = UTF8_TERMINAL, columns = 80, rows = 24 } = setup;
  const screen = new Screen(columns, rows);
  const terminal = spawn(process.execPath, [program, ...argv], {
    ...{ cols: columns, rows, cwd: tmpdir() },
    env: { ...environment },
  });
  let output = '';
  let typed = 0;
  let changed = performance.now();
  let exitCode: number | undefined;
  terminal.onData((data) => {
    output += data;
    screen.write(data);
    changed = performance.now();
  });
  terminal.onExit((exit) => (exitCode = exit.exitCode));

  async function until(what: string, done: () => boolean): Promise<void> {
    const started = performance.now();
    while (!done()) {
      if (performance.now() - started > PATIENCE) {
        terminal.kill('SIGKILL');
        throw new Error(`never saw ${what} in:\n${screen.all()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  const quiet = (): boolean => performance.now() - changed > QUIET;
  return {
    screen,
    async sees(text) {
      const said = (): boolean => plain(output.slice(typed)).includes(text);
      await until(`"${text}"`, () => {
        if (exitCode !== undefined && quiet() && !said()) {
          throw new Error(`it ended with ${exitCode} before "${text}":\n${screen.all()}`);
        }
        return said() && quiet();
      });
    },
    type(keys) {
      typed = output.length;
      terminal.write(keys);
    },
    async ended() {
      await until('the end', () => exitCode !== undefined && quiet());
      return exitCode!;
    },
    output: () => output,
  };
}

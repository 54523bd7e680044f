/** Programs that run beside us for a while: the demo's manager and milters. */
import { execa } from 'execa';
import { SetupError } from './setup-error.ts';

export interface BackgroundProgram {
  /** Lines of its standard output so far. */
  readonly lines: readonly string[];
  /** Resolves with the first line, past or coming, that `accepts`. @throws SetupError when the program ends before, or the time is up */
  line(accepts: (line: string) => boolean, milliseconds: number): Promise<string>;
  /** TERM, and KILL after two seconds. */
  stop(): Promise<void>;
}

/** Starts argv without a shell, away from the terminal's signals. */
export function startInBackground(argv: readonly string[]): BackgroundProgram {
  const [program = '', ...rest] = argv;
  const child = execa(program, rest, {
    detached: true,
    stdin: 'ignore',
    reject: false,
    buffer: false,
    forceKillAfterDelay: 2000,
  });
  const lines: string[] = [];
  const errors: string[] = [];
  const listeners = new Set<() => void>();
  let ended = false;
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  collectLines(child.stdout, lines, tell);
  collectLines(child.stderr, errors, tell);
  const end = child.then(() => {
    ended = true;
    tell();
  });
  return {
    lines,
    line: (accepts, milliseconds) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void): void => {
          clearTimeout(timer);
          listeners.delete(look);
          act();
        };
        const fail = (what: string): void =>
          settle(() =>
            reject(
              new SetupError({
                code: 'program-failed',
                message: `${argv.join(' ')} ${what}\n${[...errors, ...lines].slice(-20).join('\n')}`,
              }),
            ),
          );
        const look = (): void => {
          const found = lines.find(accepts);
          if (found !== undefined) settle(() => resolve(found));
          else if (ended) fail('ended');
        };
        const timer = setTimeout(() => fail(`said nothing for ${milliseconds} ms`), milliseconds);
        listeners.add(look);
        look();
      }),
    stop: async () => {
      child.kill('SIGTERM');
      await end;
    },
  };
}

function collectLines(stream: NodeJS.ReadableStream, lines: string[], tell: () => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    tell();
  });
}

/** A host whose commands all stand in the log, with what they said: those of detection as well as those of a plan. */
import type { Host, RunOptions, RunResult } from '../host/host.ts';
import type { RunLog } from './log.ts';
import { showArguments } from './commands.ts';

/** Output is written at least so often (milliseconds), so that a run that hangs or is killed has told how far it came. */
const EVERY = 1000;

export function recordCommands(host: Host, log: RunLog): Host {
  return {
    ...host,
    async run(argv, options = {}): Promise<RunResult> {
      const line = `${showEnvironment(options)}${showArguments(argv)}`;
      log.add(`$ ${line}`);
      log.flush();
      const output = collectLines(log);
      const begun = performance.now();
      const result = await host.run(argv, {
        ...options,
        onOutput: (text) => {
          output.take(text);
          options.onOutput?.(text);
        },
      });
      // A host without commands of its own tells its output at the end only.
      if (!output.seen()) output.take(`${result.stdout}\n${result.stderr}`);
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      output.end();
      log.add(`exit code ${result.exitCode} after ${seconds} s: ${line}`);
      log.flush();
      return result;
    },
  };
}

function showEnvironment({ environment = {} }: RunOptions): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}=${value} `)
    .join('');
}

interface Lines {
  take(text: string): void;
  seen(): boolean;
  end(): void;
}

/** Commands may run at the same time: each one's lines are kept together. */
function collectLines(log: RunLog): Lines {
  let pending = '';
  let seen = false;
  let written = performance.now();
  const write = (text: string): void => {
    if (text.trim() !== '') log.quote(text);
  };
  return {
    take(text) {
      seen ||= text !== '';
      pending += text;
      const end = pending.lastIndexOf('\n') + 1;
      if (end === 0 || performance.now() - written < EVERY) return;
      write(pending.slice(0, end));
      log.flush();
      pending = pending.slice(end);
      written = performance.now();
    },
    seen: () => seen,
    end: () => write(pending),
  };
}

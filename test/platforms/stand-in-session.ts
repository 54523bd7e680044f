/** milter-setup, whole but for its host: a tree whose commands are stand-ins that keep state and fail as the real ones do. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { parseArguments } from '../../src/cli/program.ts';
import { reportError } from '../../src/cli/report-error.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import { decideStyle } from '../../src/ui/style.ts';
import { createUi } from '../../src/ui/ui.ts';
import { contentsOf, treeOf } from '../golden/tree.ts';

export interface StandInHost {
  readonly root: string;
  /** Types `milter-setup ARGV`. */
  type(...argv: readonly string[]): Promise<{ readonly code: number; readonly text: string }>;
  /** The commands that ran since the last call. */
  ran(): readonly string[];
  runs(service: string): boolean;
  /** Sets a state that the stand-ins know: `no-network`, `no-signatures`, `runs-sendmail`, `selinux`. */
  set(state: string): void;
  read(path: string): string;
  /** Everything but our journal and the state of the stand-ins. */
  contents(): Readonly<Record<string, string>>;
}

export function standIn(tree: string, commands: 'freebsd' | 'centos6'): StandInHost {
  const root = treeOf(tree);
  chmodSync(root, 0o755);
  const state = join(root, 'var/stand-in');
  for (const directory of [
    'usr/bin',
    'usr/sbin',
    'usr/local/bin',
    'usr/local/sbin',
    'var/run',
    'var/db',
    'var/lib',
    'var/stand-in',
  ]) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  writeFileSync(join(state, 'node'), process.execPath);
  writeFileSync(join(root, 'usr/local/bin/node'), '', { mode: 0o755 });
  const log = join(state, 'log');
  let seen = 0;
  return {
    root,
    type: (...argv) => type(root, join(import.meta.dirname, 'stand-ins', commands), argv),
    ran() {
      const lines = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
      return lines.slice(seen, (seen = lines.length));
    },
    runs: (service) => existsSync(join(state, `runs-${service}`)),
    set: (name) => writeFileSync(join(state, name), ''),
    read: (path) => readFileSync(join(root, path), 'latin1'),
    contents: () =>
      Object.fromEntries(
        Object.entries(contentsOf(root)).filter(([path]) => !path.startsWith('var/stand-in')),
      ),
  };
}

async function type(
  root: string,
  commands: string,
  argv: readonly string[],
): Promise<{ readonly code: number; readonly text: string }> {
  const output = new PassThrough({ highWaterMark: 1 << 24 });
  const stream = output as unknown as NodeJS.WriteStream;
  const input = new PassThrough() as unknown as NodeJS.ReadStream;
  const { signal } = new AbortController();
  const parsed = parseArguments(argv);
  if (!('run' in parsed)) throw new Error(parsed.text);
  const { verb, options, verbOptions, flags, arguments: words } = parsed.run;
  const style = decideStyle({
    environment: {},
    isTTY: false,
    columns: undefined,
    when: 'never',
    verbose: false,
  });
  const { yes, json, verbose } = options;
  const ui = createUi({
    ...{ input, output: stream, errors: stream, style, interactive: false },
    ...{ yes, json, verbose, signal },
  });
  const host = openTreeHost(root, commands);
  const command = await verb.load();
  let code: number;
  try {
    code = await command.run({
      ...{ host, options, version: '0', verb: verb.name, arguments: words, verbOptions },
      ...{ given: { flags, environment: {} }, ui, signal, urgentSignal: signal },
      program: ['milter-setup'],
    });
  } catch (error) {
    code = reportError(error, { errors: stream, output: stream }, { json, verbose, style });
  }
  output.end();
  const chunks: Buffer[] = [];
  for await (const chunk of output) chunks.push(chunk as Buffer);
  return { code, text: Buffer.concat(chunks).toString() };
}

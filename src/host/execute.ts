/** Runs one command: no shell, away from the terminal's signals, its output kept and passed on as it comes. */
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { execa } from 'execa';
import type { RunOptions, RunResult } from './host.ts';

/** Bytes of each stream that a result holds: the last ones. */
const KEPT = 1024 * 1024;
/** Milliseconds between looks at the output. */
const LOOK = 50;
/** Milliseconds that a command has to end by itself after its time was up. */
const GRACE = 5000;

/**
 * @param program what is started as argv[0]
 *
 * Output goes to a file that we follow, not to a pipe: a daemon that an init script leaves behind keeps its standard
 * output, so that a pipe would never end, and closing it would kill the daemon at its next line.
 */
export async function execute(
  argv: readonly string[],
  options: RunOptions = {},
  program = argv[0] ?? '',
): Promise<RunResult> {
  const directory = fs.mkdtempSync(join(os.tmpdir(), 'milter-setup-'));
  const outputs = [
    openOutput(join(directory, 'out'), options),
    openOutput(join(directory, 'err'), options),
  ] as const;
  fs.rmSync(directory, { recursive: true });
  const following = setInterval(() => outputs.forEach((output) => output.follow()), LOOK);
  try {
    const exitCode = await finish(program, argv.slice(1), options, [outputs[0].fd, outputs[1].fd]);
    outputs.forEach((output) => output.follow());
    return { argv, exitCode, stdout: outputs[0].kept(), stderr: outputs[1].kept() };
  } finally {
    clearInterval(following);
    outputs.forEach((output) => fs.closeSync(output.fd));
  }
}

async function finish(
  program: string,
  rest: readonly string[],
  { timeout, environment, input, as }: RunOptions,
  [stdout, stderr]: readonly [number, number],
): Promise<number> {
  const child = execa(program, [...rest], {
    // Its own process group: Ctrl-C at the terminal must not break a package manager half-way.
    detached: true,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    // The types of execa end at 9; any open file will do.
    stdout: stdout as 3,
    stderr: stderr as 3,
    buffer: false,
    reject: false,
    extendEnv: false,
    env: environmentOf(environment),
    cwd: '/',
    ...(as && { uid: as.uid, gid: as.gid }),
  });
  const late = { isIt: false };
  let last: NodeJS.Timeout | undefined;
  const killGroup = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has ended by itself.
    }
  };
  const clock =
    timeout === undefined
      ? undefined
      : setTimeout(() => {
          late.isIt = true;
          killGroup('SIGTERM');
          last = setTimeout(() => killGroup('SIGKILL'), GRACE);
        }, timeout);
  const result = await child;
  clearTimeout(clock);
  clearTimeout(last);
  if (late.isIt) {
    killGroup('SIGKILL');
    return 124;
  }
  if (result.exitCode !== undefined) return result.exitCode;
  if (result.signal !== undefined) return 128 + os.constants.signals[result.signal];
  const missing = !isThere(program, environmentOf(environment)['PATH'] ?? '');
  fs.writeSync(stderr, `${program}: ${missing ? 'not found' : 'cannot be run'}\n`);
  return missing ? 127 : 126;
}

interface Output {
  readonly fd: number;
  /** Passes on what has come since the last call. */
  follow(): void;
  kept(): string;
}

function openOutput(path: string, { onOutput }: RunOptions): Output {
  // Appending: what writes there opens nothing anew, but two processes may share it.
  const fd = fs.openSync(path, 'ax+', 0o600);
  const decoder = new StringDecoder('utf8');
  let seen = 0;
  return {
    fd,
    follow() {
      if (onOutput === undefined) return;
      for (let size = fs.fstatSync(fd).size; seen < size;) {
        const piece = Buffer.alloc(Math.min(size - seen, 64 * 1024));
        seen += fs.readSync(fd, piece, 0, piece.length, seen);
        onOutput(decoder.write(piece));
      }
    },
    kept() {
      const { size } = fs.fstatSync(fd);
      const bytes = Buffer.alloc(Math.min(size, KEPT));
      fs.readSync(fd, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString('utf8');
    },
  };
}

/** The kernel's error does not tell: a directory of PATH that we may not read makes it EACCES. */
function isThere(program: string, path: string): boolean {
  if (program.includes('/')) return fs.existsSync(program);
  return path.split(':').some((directory) => fs.existsSync(join(directory, program)));
}

/** Where systems keep programs; root's PATH often lacks some of them (su without `-`, cron, npx). */
const PROGRAM_DIRECTORIES = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
] as const;

/** Messages in English and in one encoding, whatever the user's; nothing of npx; the system's directories in PATH. */
function environmentOf(given: RunOptions['environment']): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/^(LC_|LANGUAGE$|npm_|NODE_|INIT_CWD$)/.test(entry[0]),
  );
  const path = (process.env['PATH'] ?? '').split(':').filter((name) => name !== '');
  const missing = PROGRAM_DIRECTORIES.filter((name) => !path.includes(name));
  const plain = { LANG: 'C.UTF-8', PATH: [...path, ...missing].join(':') };
  return { ...Object.fromEntries(kept), ...plain, ...given };
}

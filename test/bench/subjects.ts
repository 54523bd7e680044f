/** The processes of a bench: children that answer at once, and our manager in front of some of them. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchOptions } from './bench-options.ts';
import type { LoadTools } from './load-tools.ts';

export interface Running {
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** One process that listens on so many sockets. */
export async function startChildren(
  { child: [program, ...first] }: LoadTools,
  directory: string,
  count: number,
): Promise<Running & { readonly specs: readonly string[] }> {
  const paths = Array.from({ length: count }, (_each, index) => join(directory, `child${index}`));
  const specs = paths.map((path) => `unix:${path}`);
  const running = start(program!, [...first, ...specs.flatMap((spec) => ['-s', spec])]);
  await appear(paths.at(-1)!);
  return { ...running, specs };
}

/** Our manager, as built beside the bench, in front of these children. */
export async function startManager(
  directory: string,
  children: readonly string[],
  { workers, pipelining, reuse, log }: BenchOptions,
): Promise<Running & { readonly spec: string }> {
  const own = join(directory, `manager${children.length}`);
  mkdirSync(own);
  const socket = join(own, 'socket');
  const yesNo = (is: boolean): string => (is ? 'yes' : 'no');
  const sections = children.map(
    (spec, index) =>
      `[milter.child${index}]\nconnection_spec = ${spec}\nafter =\n` +
      `pipelining = ${yesNo(pipelining)}\nconnection_reuse = ${yesNo(reuse)}\n`,
  );
  writeFileSync(
    join(own, 'milter-manager.ini'),
    `[manager]\ndetect = no\nconnection_spec = unix:${socket}\nn_workers = ${workers}\n` +
      `[log]\nuse_syslog = no\npath = ${own}/log\nlevel = ${log ? 'info' : 'error'}\n${sections.join('')}`,
  );
  const program = join(dirname(process.argv[1]!), 'milter-manager.cjs');
  const running = start(process.execPath, [program, '-c', own, '--no-daemon']);
  await appear(socket);
  // With workers, the socket is there before all of them are.
  if (workers > 0) await sleep(500);
  return { ...running, spec: `unix:${socket}` };
}

export function start(program: string, argv: readonly string[]): Running {
  const child = spawn(program, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const stop = (): Promise<void> => {
    child.kill('SIGTERM');
    return ended;
  };
  return { pid: child.pid!, stop };
}

export async function appear(path: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (existsSync(path)) return;
    await sleep(50);
  }
  throw new Error(`${path} did not appear`);
}

/** One row of the table: runs the generator against a socket and reads what it tells. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { LoadTools } from './load-tools.ts';

export interface Load {
  readonly spec: string;
  /** Whose CPU and memory count, its own children included. */
  readonly pid: number;
  readonly bodyBytes: number;
  readonly atATime: number;
  readonly seconds: number;
}

/** A line of the generator, as far as the table shows it. */
export interface Result {
  readonly sessions: number;
  /** Sessions in which every answer was CONTINUE. */
  readonly ok: number;
  readonly sess_per_s: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly proxy_cpu_ms_per_sess: number;
  readonly proxy_peak_rss_kb: number;
}

/** Memory of a process that holds sessions in which nothing happens. */
export interface Idle {
  readonly idle: number;
  readonly rss_kb: number;
  readonly cpu_s: number;
}

const run = promisify(execFile);
const IDLE_SECONDS = 2;

export async function measure(tools: LoadTools, load: Load): Promise<Result> {
  const lines = await generate(tools, load.spec, load.pid, [
    ['-c', load.atATime],
    ['-b', load.bodyBytes],
    ['-d', load.seconds],
  ]);
  return lines.at(-1) as Result;
}

/** @returns undefined where sessions cannot be held in a body, because nobody wants one */
export async function measureIdle(
  tools: LoadTools,
  spec: string,
  pid: number,
  sessions: number,
): Promise<Idle | undefined> {
  const lines = await generate(tools, spec, pid, [
    ['-i', sessions],
    ['-S', 'B'],
    ['-t', IDLE_SECONDS],
  ]);
  const held = lines.at(-1) as Omit<Idle, 'idle'> | Result;
  return 'rss_kb' in held ? { idle: sessions, ...held } : undefined;
}

async function generate(
  { generator: [program, ...first] }: LoadTools,
  spec: string,
  pid: number,
  options: readonly (readonly [string, string | number])[],
): Promise<readonly unknown[]> {
  const argv = [...first, '-s', spec, '-p', String(pid), ...options.flat().map(String)];
  const { stdout } = await run(program!, argv);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/**
 * `npm run bench`: what a milter proxy costs. A table of sessions a second, waiting times, CPU and memory by number of
 * children, size of body and sessions at a time, beside those of a child asked directly on the same machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerAll } from './answering-child.ts';
import { readBenchOptions, type BenchOptions } from './bench-options.ts';
import { generate } from './built-in-generator.ts';
import { findLoadTools, type LoadTools } from './load-tools.ts';
import { measure, measureIdle } from './measure.ts';
import { startChildren, startManager, type Running } from './subjects.ts';
import { heading, idleRow, row } from './table.ts';

/** What is measured: our manager with so many children, a child without a proxy, or somebody else's proxy. */
interface Subject {
  readonly label: string;
  readonly spec: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

async function bench(options: BenchOptions): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  const tools = findLoadTools(options.load, directory, print);
  const children = await startChildren(tools, directory, Math.max(...options.children, 1));
  try {
    print(heading());
    for (const start of subjects(options, directory, children)) {
      const subject = await start();
      try {
        await measureSubject(tools, options, subject);
      } finally {
        await subject.stop();
      }
    }
  } finally {
    await children.stop();
    rmSync(directory, { recursive: true });
  }
}

function* subjects(
  options: BenchOptions,
  directory: string,
  children: Running & { readonly specs: readonly string[] },
): Generator<() => Promise<Subject> | Subject> {
  const nothing = (): Promise<void> => Promise.resolve();
  const direct = { label: 'direct', spec: children.specs[0]!, pid: children.pid, stop: nothing };
  yield () => direct;
  const { other } = options;
  if (other) {
    yield () => ({ label: 'other', ...other, stop: nothing });
    return;
  }
  for (const count of options.children) {
    yield async () => {
      const specs = children.specs.slice(0, count);
      return { label: String(count), ...(await startManager(directory, specs, options)) };
    };
  }
}

async function measureSubject(
  tools: LoadTools,
  options: BenchOptions,
  { label, spec, pid }: Subject,
): Promise<void> {
  // The first thousands of sessions pay for compilation.
  await measure(tools, { spec, pid, bodyBytes: 4096, atATime: 50, seconds: options.warmUp });
  for (const bodyBytes of options.bodies) {
    for (const atATime of options.atATime) {
      const result = await measure(tools, {
        spec,
        pid,
        bodyBytes,
        atATime,
        seconds: options.seconds,
      });
      print(row({ label, bodyBytes, atATime }, result));
    }
  }
  if (options.idle === 0) return;
  const idle = await measureIdle(tools, spec, pid, options.idle);
  if (idle) print(idleRow(label, idle));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The bench runs itself again for the parts that have to be processes of their own. */
async function play(argv: readonly string[]): Promise<void> {
  const [role, ...rest] = argv;
  if (role === 'answer') await answerAll(rest);
  else if (role === 'generate') print(JSON.stringify(await generate(rest)));
  else await bench(readBenchOptions(argv));
}

play(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

/**
 * `npm run bench`: what a milter proxy costs. A table of sessions a second, waiting times, CPU and memory by number of
 * children, size of body and sessions at a time, beside those of a child asked directly on the same machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerAll } from './answering-child.ts';
import { readBenchOptions, type BenchOptions } from './bench-options.ts';
import { floodChild, measureFloods } from './floods.ts';
import { generate } from './built-in-generator.ts';
import { findLoadTools, type LoadTools } from './load-tools.ts';
import { measure, measureIdle, type Result } from './measure.ts';
import { benchPostfix } from './postfix-bench.ts';
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
  if (options.postfix) {
    await benchPostfix(options.rounds, options.seconds);
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  const tools = findLoadTools(options.load, directory, print);
  const children = await startChildren(tools, directory, Math.max(...options.children, 1));
  const subjects: Subject[] = [];
  try {
    for await (const subject of begin(options, directory, children)) {
      subjects.push(subject);
      // The first thousands of sessions pay for compilation.
      await measure(tools, { ...subject, bodyBytes: 4096, atATime: 50, seconds: options.warmUp });
    }
    print(heading());
    for (const bodyBytes of options.bodies)
      for (const atATime of options.atATime)
        await compare(tools, options, subjects, { bodyBytes, atATime });
    if (options.idle > 0)
      for (const { label, spec, pid } of subjects) {
        const idle = await measureIdle(tools, spec, pid, options.idle);
        if (idle) print(idleRow(label, idle));
      }
  } finally {
    for (const { stop } of subjects) await stop();
    await children.stop();
    rmSync(directory, { recursive: true });
  }
}

async function* begin(
  options: BenchOptions,
  directory: string,
  children: Running & { readonly specs: readonly string[] },
): AsyncGenerator<Subject> {
  const nothing = (): Promise<void> => Promise.resolve();
  yield { label: 'direct', spec: children.specs[0]!, pid: children.pid, stop: nothing };
  if (options.other) {
    yield { label: 'other', ...options.other, stop: nothing };
    return;
  }
  for (const count of options.children) {
    const specs = children.specs.slice(0, count);
    yield { label: String(count), ...(await startManager(directory, specs, options)) };
  }
}

/**
 * Measures all of them under one load, in turn and as often as the options say: a machine that others share is not as
 * fast in one minute as in the next, and what was measured side by side can be compared all the same.
 */
async function compare(
  tools: LoadTools,
  { rounds, seconds }: BenchOptions,
  subjects: readonly Subject[],
  load: { readonly bodyBytes: number; readonly atATime: number },
): Promise<void> {
  const results = subjects.map((): Result[] => []);
  for (let round = 0; round < rounds; round += 1)
    for (const [place, { spec, pid }] of subjects.entries())
      results[place]!.push(await measure(tools, { spec, pid, ...load, seconds }));
  for (const [place, { label }] of subjects.entries())
    print(row({ label, ...load }, results[place]!, results[0]!));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The bench runs itself again for the parts that have to be processes of their own. */
async function play(argv: readonly string[]): Promise<void> {
  const [role, ...rest] = argv;
  if (role === 'answer') await answerAll(rest);
  else if (role === 'generate') print(JSON.stringify(await generate(rest)));
  else if (role === 'flood') await floodChild(rest);
  else if (role === 'floods') await measureFloods(rest);
  else await bench(readBenchOptions(argv));
}

play(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

/** Trees of hosts, and what milter-setup says and does about them. The whole program runs, in this process. */
import { cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmodSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/cli/run.ts';
import { afterThisFile } from '../cleanup.ts';

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const STOCK = join(TOP, '../shared/stock');
export const haveStock = existsSync(STOCK);
if (!haveStock) console.warn('skipped: the stock files are not beside the repository (../shared)');

/** In memory where there is such a place: every change is synced, which disks take their time for. */
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

function temporary(): string {
  const directory = mkdtempSync(join(PLACE, 'golden-'));
  afterThisFile(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A copy of a committed tree of `test/hosts`. */
export function treeOf(name: string): string {
  return copyOf(join(TOP, 'test/hosts', name));
}

/** A copy of any tree, to be changed. */
export function copyOf(directory: string): string {
  const root = temporary();
  cpSync(directory, root, { recursive: true, verbatimSymlinks: true });
  return root;
}

/** A tree of a platform's stock files, with the files that make it a host. */
export function stockTree(platform: string, files: Readonly<Record<string, string>> = {}): string {
  const root = copyOf(join(STOCK, platform));
  for (const path of paths(root)) chmodSync(join(root, path), 0o755);
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  return root;
}

export interface Ended {
  readonly code: number;
  /** Standard output, without what differs between two machines or runs. */
  readonly text: string;
  readonly errors: string;
}

/** Runs `milter-setup` as if typed, for the tree. */
export async function setUp(root: string, ...argv: readonly string[]): Promise<Ended> {
  const [output, errors] = [0, 1].map(() => new PassThrough({ highWaterMark: 1 << 24 })) as [
    PassThrough,
    PassThrough,
  ];
  const code = await run({
    argv: ['--root', root, ...argv],
    environment: {},
    input: new PassThrough() as unknown as NodeJS.ReadStream,
    output: output as unknown as NodeJS.WriteStream,
    errors: errors as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
    urgentSignal: new AbortController().signal,
  });
  return { code, text: neutral(root, await textOf(output)), errors: await textOf(errors) };
}

async function textOf(stream: PassThrough): Promise<string> {
  stream.end();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function neutral(root: string, text: string): string {
  return text
    .replaceAll(root, 'ROOT')
    .replace(/a program of \d+ KB/g, 'a program of N KB')
    .replace(/probe-[0-9a-z]+-(\d)/g, 'probe-NONCE-$1')
    .replace(/[0-9.]+ seconds/g, 'N seconds');
}

export interface Diff {
  readonly path: string;
  /** Shown for a file that a package brings, which is not there yet. */
  readonly provisional: boolean;
  readonly text: string;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** The unified diffs of an output, by path. */
export function diffsOf(output: string): ReadonlyMap<string, Diff> {
  const start = /^# (?:edit|create) .*\n--- /m.exec(output)?.index;
  if (start === undefined) return new Map();
  const body = output.slice(start, output.indexOf('\n# Commands, in order'));
  const parts = body.split(/\n(?=# (?:edit|create) .*\n--- )/);
  return new Map(
    parts.map((part) => {
      const [title = '', ...lines] = part.replace(/\n+$/, "").split('\n');
      const path = /^\+\+\+ (\S+)/.exec(lines[1] ?? '')![1]!;
      const changed = (sign: string) =>
        lines.slice(2).flatMap((line) => (line.startsWith(sign) ? [line.slice(1)] : []));
      const text = `${lines.join('\n')}\n`;
      const provisional = title.includes(', after ');
      return [path, { path, provisional, text, removed: changed('-'), added: changed('+') }];
    }),
  );
}

/** The lines under "Commands, in order", without the notes behind them and the comments between them. */
export function commandsOf(output: string): readonly string[] {
  const [, lines = ''] = output.split('\n# Commands, in order\n');
  return lines
    .split('\n\n')[0]!
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/ {2}# may fail: .*$/, ''));
}

/** Each file and link of a tree with its bytes, so far as they are the host's: without the journal. */
export function contentsOf(root: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    paths(root)
      .filter((path) => !/^var\/(?:lib|db)\/milter-setup(?:\/|$)/.test(path))
      .map((path) => [path, describe(join(root, path))]),
  );
}

function describe(path: string): string {
  const stat = lstatSync(path);
  if (stat.isFile()) return readFileSync(path, 'latin1');
  return stat.isSymbolicLink() ? '(link)' : '(directory)';
}

function paths(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

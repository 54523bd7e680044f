import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const PROGRAM = 'dist/bench.cjs';

async function bench(...options: readonly string[]): Promise<readonly string[]> {
  const argv = [PROGRAM, '--quick', '--seconds', '0.2', '--load', 'nowhere', ...options];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  return stdout.trimEnd().split('\n');
}

describe.skipIf(!existsSync(PROGRAM))('the bench (needs npm run build)', () => {
  it('says that its own generator is used, and prints a row for a child and for the manager', async () => {
    const [notice, heading, direct, managed, ...more] = await bench(
      ...['--children', '1', '--at-a-time', '2', '--rounds', '2'],
    );
    expect(notice).toContain('the built-in generator is used');
    expect(heading).toMatch(
      /^ *children +body +at a time +sessions\/s +of direct +p50 ms +p99 ms +CPU ms +peak MB$/,
    );
    expect(direct).toMatch(/^ *direct +4 KB +2 +[\d.]+ +100 % +[\d.]+ +[\d.]+ +[\d.]+ +\d+$/);
    expect(managed).toMatch(/^ *1 +4 KB +2 +[1-9][\d.]+ +\d+ % +[\d.]+ +[\d.]+ +[\d.]+ +\d+$/);
    expect(more).toEqual([]);
  });

  it('says which option is wrong', async () => {
    await expect(bench('--rounds', 'many')).rejects.toThrow(
      'bench: --rounds: "many" is not a whole number of at least 1',
    );
  });
});

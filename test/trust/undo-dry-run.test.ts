/** `undo --dry-run` shows what would be taken back, and takes nothing back. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { growTree, type Tree } from '../commands/tree.ts';
import { changesOf } from './plan-json.ts';
import { differences, look } from './whole-tree.ts';

const MAIN_CF = '/etc/postfix/main.cf';
const GREYLIST = '/etc/milter-greylist/greylist.conf';
let tree: Tree;
beforeEach(() => {
  tree = growTree();
});
afterEach(() => tree.remove());

it('shows the difference of each file, which patch reads, and each command', async () => {
  const stock = look(tree.root);
  await tree.run('--yes');
  await tree.run('--greylist-delay', '7m', '--yes');
  const { runs } = JSON.parse((await tree.run('undo', '--list', '--json')).stdout) as {
    readonly runs: readonly { readonly id: string }[];
  };
  const before = look(tree.root);
  const newest = await tree.run('undo', '--dry-run');
  expect(newest.exitCode, newest.stderr).toBe(3);
  expect(newest.stdout).toContain(`+++ ${GREYLIST}\n`);
  expect(newest.stdout).toContain('\n-greylist 7m\n+greylist 10m\n');
  expect(newest.stdout).not.toContain(MAIN_CF);
  const all = await tree.run('undo', '--to', runs[1]!.id, '--dry-run', '--json');
  expect(all.exitCode).toBe(3);
  expect(differences(before, look(tree.root))).toEqual([]);

  // Whoever follows the plan by hand gets what an undo gives.
  for (const { kind, path = '', diff = '', summary, commands = [] } of changesOf(all.stdout)) {
    if (summary !== undefined) fs.rmSync(tree.root + path);
    else if (kind === 'write-file') {
      execFileSync('patch', ['-d', tree.root, '-p1', '-s', '--no-backup-if-mismatch'], {
        input: diff,
      });
    }
    // patch removes a directory with its last file.
    const directories = commands.map(({ argv }) => tree.root + argv.at(-1)!).filter(fs.existsSync);
    for (const directory of directories) fs.rmdirSync(directory);
  }
  const texts = (files: ReturnType<typeof look>) =>
    Object.entries(files).map(([path, { type, text }]) => [path, type, text]);
  expect(texts(look(tree.root))).toEqual(texts(stock));
});

it('refuses what an undo would refuse', async () => {
  await tree.run('--yes');
  tree.write(MAIN_CF, `${tree.read(MAIN_CF)}# theirs\n`);
  const { exitCode, stderr } = await tree.run('undo', '--dry-run');
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('+# theirs')]);
  const forced = await tree.run('undo', '--dry-run', '--force');
  expect([forced.exitCode, forced.stdout]).toEqual([3, expect.stringContaining('-# theirs')]);
});

it('asks about the runs that stand, and about no other', async () => {
  await tree.run('--yes');
  await tree.run('--greylist-delay', '7m', '--yes');
  const { runs } = JSON.parse((await tree.run('undo', '--list', '--json')).stdout) as {
    readonly runs: readonly { readonly id: string }[];
  };
  const [newest, oldest] = runs.map(({ id }) => id);
  expect((await tree.run('undo', '--to', oldest!)).stderr).toContain(
    `Take back ${newest}, ${oldest}?`,
  );
  await tree.run('undo', '--yes');
  expect((await tree.run('undo')).stderr).toContain(`Take back ${oldest}?`);
  await tree.run('undo', '--yes');
  expect((await tree.run('undo')).stderr).toContain('there is no run to undo');
});

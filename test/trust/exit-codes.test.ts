/** Each exit code of `milter-setup help exit-codes`, and with --json one versioned object on standard output. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { growTree, runProgram, type Tree } from '../commands/tree.ts';
import { thisProcess } from '../../src/host/processes.ts';

const STATE = 'var/lib/milter-setup';
let tree: Tree;
beforeEach(() => {
  tree = growTree();
});
afterEach(() => tree.remove());

/** The object that the program printed: one, and nothing else. */
async function json(exitCode: number, ...words: readonly string[]): Promise<unknown> {
  const ended = await tree.run(...words, '--json');
  expect(ended.exitCode, ended.stderr).toBe(exitCode);
  const value: unknown = JSON.parse(ended.stdout);
  expect(value).toMatchObject({ schema: 1 });
  return value;
}

const error = (code: string, exitCode: number) => ({
  schema: 1,
  error: {
    code,
    message: expect.any(String) as string,
    hint: expect.any(String) as string,
    exitCode,
  },
});

it('0: done, and nothing more to do', async () => {
  expect(await json(0, '--yes')).toMatchObject({ kind: 'done' });
  expect(await json(0, 'status')).toMatchObject({ milters: expect.any(Array) as unknown[] });
  expect(await json(0, 'undo', '--list')).toMatchObject({
    runs: [{ verb: 'setup', state: 'applied', changes: expect.any(Number) as number }],
  });
  expect(await json(0, 'undo', '--yes')).toMatchObject({ notUndone: [], saved: [] });
  expect(await json(0, 'undo', '--list')).toMatchObject({ runs: [{ state: 'undone' }] });
});

it('1: failed, and nothing was changed', async () => {
  expect(await json(1, 'undo', '--yes')).toEqual(error('nothing-to-undo', 1));
  expect(await json(1, 'undo', '--to', '2026', '--yes')).toEqual(error('no-such-checkpoint', 1));
  tree.write('/etc/postfix/main.cf', '\0');
  expect(await json(1, '--yes')).toEqual(error('cannot-edit', 1));
});

it('2: not understood, or nobody to ask', async () => {
  expect(await json(2, '--colour')).toEqual(error('usage', 2));
  expect(await json(2)).toMatchObject(error('missing-answers', 2));
});

it('3: something is to be done', async () => {
  const plan = await json(3, 'plan');
  expect(plan).toMatchObject({ pending: true, notes: expect.any(Array) as unknown[] });
  const { changes } = plan as { readonly changes: readonly { readonly why: string }[] };
  expect(changes.filter(({ why }) => !/^[A-Z].*\.$/s.test(why))).toEqual([]);
  expect(await json(3, 'doctor')).toMatchObject({ findings: expect.any(Array) as unknown[] });
});

it('4: something could not be undone, and is named; the rest is', async () => {
  await tree.run('--yes');
  const [run] = fs.readdirSync(join(tree.root, STATE, 'checkpoints'));
  const kept = join(tree.root, STATE, 'checkpoints', run!, 'originals');
  for (const name of fs.readdirSync(kept)) {
    if (fs.readFileSync(join(kept, name), 'latin1').includes('myhostname'))
      fs.rmSync(join(kept, name));
  }
  expect(await json(4, 'undo', '--yes')).toMatchObject({
    notUndone: [
      {
        title: 'edit /etc/postfix/main.cf',
        reason: expect.stringMatching(/lost or damaged/) as string,
      },
    ],
  });
  expect(tree.read('/etc/clamav/clamav-milter.conf')).toContain('OnInfected Quarantine');
});

it('5: another run is at work', async () => {
  fs.mkdirSync(join(tree.root, STATE));
  const holder = { ...thisProcess(), verb: 'add', since: '2026-11-21T20:00:00Z' };
  fs.writeFileSync(join(tree.root, STATE, 'lock'), JSON.stringify(holder));
  const { exitCode, stderr } = await tree.run('--yes');
  expect([exitCode, stderr]).toEqual([
    5,
    expect.stringContaining(
      `milter-setup add (process ${process.pid}, since 2026-11-21T20:00:00Z)`,
    ),
  ]);
});

it('77: root alone may', async () => {
  const argv = ['undo', '--yes', '--json', '--platform', 'debian'];
  const { exitCode, stdout } =
    process.geteuid?.() === 0 ? asNobody(argv) : await runProgram(...argv);
  expect(exitCode).toBe(77);
  expect(JSON.parse(stdout)).toEqual(error('not-root', 77));
});

function asNobody(argv: readonly string[]): {
  readonly exitCode: number | null;
  readonly stdout: string;
} {
  const program = new URL('../../bin/milter-setup.js', import.meta.url).pathname;
  const nobody = { uid: 65534, gid: 65534, cwd: '/', encoding: 'utf8' } as const;
  const { status, stdout } = spawnSync(process.execPath, [program, ...argv], nobody);
  return { exitCode: status, stdout };
}

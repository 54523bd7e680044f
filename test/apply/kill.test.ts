import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { beginRun } from '../../src/apply/run.ts';
import { listCheckpoints, undoNewest } from '../../src/apply/undo.ts';
import { SetupError } from '../../src/host/setup-error.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import { buildProgram, type Program } from './program.ts';
import { COMMANDS, makeHost, PACKAGES, REST, snapshot, STATE } from './small-host.ts';

let program: Program;

beforeAll(async () => {
  program = await buildProgram('mortal-run.ts');
});
afterAll(() => program.remove());

type Work = 'apply' | 'fail' | 'undo';

/** @returns how many operations it took, undefined where it was killed */
function live(root: string, work: Work, at: number, how: string): Promise<number | undefined> {
  const argv = [program.path, root, COMMANDS, work, String(at), how];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, argv, (error, stdout, stderr) => {
      if (error === null) resolve(Number(stdout));
      else if (error.signal === 'SIGKILL') resolve(undefined);
      else reject(new Error(stderr));
    });
  });
}

/** Kills a run at one operation, undoes what it left behind, and compares the tree with the one before. */
async function die(work: Work, at: number, how: string): Promise<boolean> {
  const root = makeHost();
  try {
    const host = openTreeHost(root, COMMANDS);
    const setup = { stateDirectory: STATE, verb: 'add', packages: true };
    const before = snapshot(root);
    if (work === 'undo') {
      const run = beginRun(host, setup);
      await run.apply([...PACKAGES, ...REST]);
      run.finish();
    }
    if ((await live(root, work, at, how)) !== undefined) return false;
    const [left] = listCheckpoints(host, STATE);
    if (left?.state === 'unfinished') expect(() => beginRun(host, setup)).toThrow('did not end');
    try {
      const { notUndone } = await undoNewest(host, setup);
      expect(notUndone).toEqual([]);
    } catch (error) {
      if (!(error instanceof SetupError) || error.code !== 'nothing-to-undo') throw error;
    }
    expect(snapshot(root), `${work} killed at ${at}, ${how}`).toEqual(before);
    beginRun(host, setup).finish();
    return true;
  } finally {
    fs.rmSync(root, { recursive: true });
  }
}

/** MILTER_SETUP_KILL_STEP=1 dies at every single operation: minutes, where the usual sample takes seconds. */
const STEP = Number(process.env['MILTER_SETUP_KILL_STEP'] ?? 47);

/** @returns how often it died */
async function dieAlong(work: Work, how: string, from: number): Promise<number> {
  let next = from % STEP;
  let killed = 0;
  const worker = async (): Promise<void> => {
    for (let at = next; ; at = next) {
      next += STEP;
      if (!(await die(work, at, how))) return;
      killed += 1;
    }
  };
  await Promise.all([worker(), worker()]);
  return killed;
}

const points: Record<string, number> = {};

it.each<[string, Work, string, number]>([
  ['before an operation of a run', 'apply', 'clean', 0],
  ['in the middle of an operation of a run', 'apply', 'torn', 4],
  ['before an operation of a roll back', 'fail', 'clean', 2],
  ['before an operation of an undo', 'undo', 'clean', 6],
  ['in the middle of an operation of an undo', 'undo', 'torn', 8],
])(
  'gives the tree back after kill -9 %s',
  { timeout: 3_600_000 },
  async (name, work, how, from) => {
    points[name] = await dieAlong(work, how, from);
    expect(points[name]).toBeGreaterThan(60 / STEP - 1);
  },
);

afterAll(() => {
  const total = Object.values(points).reduce((sum, count) => sum + count, 0);
  const each = STEP === 1 ? 'every operation' : `one operation in ${STEP}`;
  console.log(`${total} kill points, ${each}`, points);
});

/** A disk that fills up in the middle of a run, or before an undo: everything is taken back, and the journal knows it. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginRun } from '../../src/apply/run.ts';
import { listCheckpoints, undoNewest } from '../../src/apply/undo.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import { COMMANDS, makeHost, PACKAGES, REST, snapshot, STATE } from '../apply/small-host.ts';

let root: string;
let state: string;
beforeEach(() => {
  root = makeHost();
  state = join(root, STATE);
});
afterEach(() => {
  spawnSync('umount', [state]);
  fs.rmSync(root, { recursive: true });
});

/** A file system of so many KiB takes the place of the state directory. */
function mount(size: number): void {
  fs.mkdirSync(state, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}k,mode=755`, 'none', state]);
}

function fill(): void {
  const fd = fs.openSync(join(state, 'filler'), 'a');
  for (const size of [4096, 1]) {
    try {
      for (;;) fs.writeSync(fd, Buffer.alloc(size));
    } catch {
      // Full.
    }
  }
  fs.closeSync(fd);
}

const setup = { stateDirectory: STATE, verb: 'setup' };
const states = () => listCheckpoints(openTreeHost(root), STATE).map((each) => each.state);
const mayMount = process.geteuid?.() === 0 && spawnSync('mount', ['--version']).error === undefined;
if (!mayMount) console.warn('skipped: small file systems need root and mount(8)');

describe.skipIf(!mayMount)('where the disk of the journal', () => {
  it.each([8, 24, 44, 48, 52, 56, 60, 64])(
    'of %i KiB fills up in the middle, the run is taken back, and the next one may begin',
    async (size) => {
      const before = snapshot(root);
      mount(size);
      const host = openTreeHost(root, COMMANDS);
      const run = beginRun(host, setup);
      const error: unknown = await run
        .apply([...PACKAGES, ...REST])
        .then(() => run.finish())
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ hint: 'Make room and run again.' });
      expect((await run.rollBack()).notUndone).toEqual([]);
      expect(states()).not.toContain('unfinished');
      execFileSync('umount', [state]);
      expect(snapshot(root)).toEqual(before);
      beginRun(host, setup).finish();
    },
  );

  it('is full before an undo, that is done all the same, once', async () => {
    const before = snapshot(root);
    mount(1024);
    const host = openTreeHost(root, COMMANDS);
    const run = beginRun(host, setup);
    await run.apply([...PACKAGES, ...REST]);
    run.finish();
    fill();
    const { notUndone } = await undoNewest(host, { ...setup, packages: true });
    expect(notUndone).toEqual([]);
    expect(states()).toEqual(['undone']);
    execFileSync('umount', [state]);
    expect(snapshot(root)).toEqual(before);
  });
});

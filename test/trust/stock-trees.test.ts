/**
 * Every stock tree, whole: the dry run touches nothing, the diffs of the JSON plan given to patch(1) are what a run
 * writes, another run writes nothing, and undo gives back bytes, modes, owners and times.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { rowsToRun } from '../every-row.ts';
import { copyOf, haveStock, setUp, stockTree } from '../golden/tree.ts';
import { changesOf } from './plan-json.ts';
import { differences, look, unlikeModes } from './whole-tree.ts';

const STOCK = fileURLToPath(new URL('../../../shared/stock', import.meta.url));
const TREES = haveStock ? readdirSync(STOCK).filter((name) => !name.includes('.')) : [];
const havePatch = spawnSync('patch', ['--version']).error === undefined;
if (!havePatch) console.warn('skipped: there is no patch(1)');

/** What makes a host of files that no package owns. */
const SYSTEM: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'centos-6': { 'etc/centos-release': 'CentOS release 6.4 (Final)\n' },
  'rhel-8': { 'etc/os-release': 'ID="almalinux"\nID_LIKE="rhel"\nVERSION_ID="8.10"\n' },
  'rhel-9': { 'etc/os-release': 'ID="almalinux"\nID_LIKE="rhel"\nVERSION_ID="9.4"\n' },
  'rhel-10': { 'etc/os-release': 'ID="almalinux"\nID_LIKE="rhel"\nVERSION_ID="10.0"\n' },
};

it.skipIf(!haveStock)('there are stock trees of every platform', () => {
  expect(TREES.length).toBeGreaterThan(8);
});

const ROWS = TREES.map((name) => [name] as const);
it.each(rowsToRun(ROWS, 'debian-13', 'freebsd-current'))(
  '%s is written as the diffs say, once, and taken back',
  async (name) => {
    const root = stockTree(name, SYSTEM[name]);
    unlikeModes(root);
    const before = look(root);

    const shown = await setUp(root, 'plan', '--json');
    expect(shown.code).toBe(3);
    expect(differences(before, look(root))).toEqual([]);
    const copy = copyOf(root);

    const { code, errors } = await setUp(root, '--yes');
    // Files that come with a package wait for it: the run says so with 3.
    const waits = changesOf(shown.text).some(({ comesWith }) => typeof comesWith === 'string');
    const ended = waits ? 3 : 0;
    expect([code, errors]).toEqual([ended, '']);
    const written = look(root);
    const changed = differences(before, written);
    expect(changed.length).toBeGreaterThan(3);

    if (havePatch) {
      const names = patchTree(copy, shown.text);
      for (const path of names)
        expect([path, look(copy)[path]?.text]).toEqual([path, written[path]?.text]);
      const unseen = changed.filter(
        ({ path }) => written[path]?.type === 'file' && !names.has(path),
      );
      // Programs are shown by a line, not by their text.
      expect(
        unseen.filter(
          ({ path }) => !/(bin|man\d)\/milter-(manager|test-server)(\.\d)?$/.test(path),
        ),
      ).toEqual([]);
    }
    // What was there keeps its mode and owner, unless the plan says so.
    const planned = new Map(changesOf(shown.text).map((change) => [change.path, change]));
    for (const [path, { mode, type }] of Object.entries(before)) {
      const said = planned.get(`/${path}`)?.mode;
      if (type === 'file') expect([path, written[path]?.mode]).toEqual([path, said ?? mode]);
    }

    const again = await setUp(root, '--yes');
    expect(again.code).toBe(ended);
    expect(differences(written, look(root))).toEqual([]);

    const { runs } = JSON.parse((await setUp(root, 'undo', '--list', '--json')).text) as {
      runs: readonly { id: string }[];
    };
    expect((await setUp(root, 'undo', '--to', runs.at(-1)!.id, '--yes')).code).toBe(0);
    expect(differences(before, look(root))).toEqual([]);
  },
);

/** Does with patch(1) and cp what a plan says about files. @returns their paths */
function patchTree(root: string, json: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { kind, path = '', diff = '', summary, comesWith } of changesOf(json)) {
    if (kind !== 'write-file' || comesWith !== undefined) continue;
    const sample = /^a copy of (\S+)$/.exec(summary ?? '')?.[1];
    if (sample !== undefined) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      copyFileSync(join(root, sample), join(root, path));
    }
    if (diff === '') continue;
    names.add(path.slice(1));
    execFileSync(
      'patch',
      ['--directory', root, '--strip=1', '--silent', '--no-backup-if-mismatch'],
      {
        input: diff,
      },
    );
  }
  return names;
}

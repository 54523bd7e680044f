/** The manager's unit, as it is written: systemd's own tools read it, and rate its rights. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setUp, treeOf } from '../golden/tree.ts';

const UNIT = 'etc/systemd/system/milter-manager.service';
const analyze = (...argv: readonly string[]) =>
  spawnSync('systemd-analyze', argv, { encoding: 'utf8' });
// `--offline`: since systemd 250.
const help = analyze('--help');
const missing = help.error !== undefined || !help.stdout.includes('--offline');
if (missing) console.warn('skipped: there is no systemd-analyze that rates files');

/** With a program and a user that this machine has, whatever its number says. */
async function unitOf(tree: string): Promise<string> {
  const root = treeOf(tree);
  await setUp(root, '--yes');
  const text = readFileSync(join(root, UNIT), 'latin1')
    .replace(/^(User|Group)=.*$/gm, '$1=mail')
    .replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true');
  const path = join(root, 'milter-manager.service');
  writeFileSync(path, text);
  return path;
}

describe.skipIf(missing)("the manager's unit", () => {
  it.each(['rhel-9', 'debian-13'])('on %s is rated below 2', async (tree) => {
    const { status, stdout } = analyze(
      ...['security', '--offline=true', '--threshold=19', await unitOf(tree)],
    );
    expect(status, stdout).toBe(0);
    expect(stdout).toMatch(/Overall exposure level for \S+: [01]\.\d/);
  });

  it.each(['rhel-9', 'debian-13'])(
    'on %s says when it is ready, and is started again',
    async (tree) => {
      const text = readFileSync(await unitOf(tree), 'latin1');
      expect(text).toMatch(/^Type=notify$/m);
      expect(text).toMatch(/^Restart=always$/m);
      expect(text).toMatch(/^\[Unit\]$[^[]*^StartLimitIntervalSec=0$/m);
      expect(text).toMatch(/^Before=.*\bpostfix\.service/m);
    },
  );
});

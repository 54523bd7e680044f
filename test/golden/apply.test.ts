/** `--root` without `--dry-run`: the tree changes exactly as the diffs said, once, and undo brings every byte back. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectInOrder } from './order.ts';
import { commandsOf, contentsOf, copyOf, diffsOf } from './tree.ts';
import { haveStock, setUp, stockTree, treeOf } from './tree.ts';

const havePatch = spawnSync('patch', ['--version']).error === undefined;
if (!havePatch) console.warn('skipped: there is no patch(1)');

const RELEASE = { 'etc/centos-release': 'CentOS release 6.4 (Final)\n' };
const TREES: readonly (readonly [string, boolean, () => string])[] = [
  ['FreeBSD 10', true, () => treeOf('freebsd-10')],
  ['FreeBSD 14', true, () => treeOf('freebsd-current')],
  ['CentOS 6', true, () => treeOf('centos-6')],
  ['AlmaLinux 9', true, () => treeOf('rhel-9')],
  ['FreeBSD 10 stock files', haveStock, () => stockTree('freebsd-10')],
  ['CentOS 6 stock files', haveStock, () => stockTree('centos-6', RELEASE)],
];

const PROGRAM = /bin\/milter-(?:manager|test-server)$|share\/man\/man\d\/milter-/;

/** What the output says about files, done by patch(1) and cp. */
function patched(root: string, output: string): string {
  const copy = copyOf(root);
  for (const [, to, from] of output.matchAll(/^# write (\S+): a copy of (\S+)$/gm)) {
    mkdirSync(dirname(join(copy, to!)), { recursive: true });
    copyFileSync(join(copy, from!), join(copy, to!));
  }
  const diffs = [...diffsOf(output).values()].filter(({ provisional }) => !provisional);
  execFileSync('patch', ['--directory', copy, '--strip', '1', '--silent', '--no-backup-if-mismatch'], {
    input: diffs.map(({ text }) => text).join(''),
  });
  return copy;
}

/** Files alone: patch makes directories as it needs them. */
function filesOf(root: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(contentsOf(root)).filter(
      ([path, text]) => text !== '(directory)' && !PROGRAM.test(path),
    ),
  );
}

describe.each(TREES.filter(([, have]) => have))('a tree of %s', (_, __, make) => {
  it('is written, written once, and taken back', async () => {
    const root = make();
    const original = filesOf(root);
    const shown = await setUp(root, '--dry-run', '--yes');
    const wanted = havePatch ? filesOf(patched(root, shown.text)) : undefined;

    const applied = await setUp(root, '--yes');
    expect(applied.errors).toBe('');
    const waits = /files? waits? for packages/.test(applied.text.replace(/\s+/g, ' '));
    expect(applied.code).toBe(waits ? 3 : 0);
    const written = filesOf(root);
    if (wanted !== undefined) expect(written).toEqual(wanted);
    expect(written).not.toEqual(original);

    const remaining = /To be run on that host.*:\n((?: {2}.*\n)+)/.exec(applied.text)![1]!;
    const lines = remaining.split('\n').map((line) => line.trim());
    const files = /^(?:install -d|chown) /;
    const commands = commandsOf(shown.text).filter((command) => !files.test(command));
    // What follows the packages is told once their files are there.
    if (waits) expect(commands.slice(0, lines.length - 1)).toEqual(lines.slice(0, -1));
    else expectInOrder(lines, commands);

    await setUp(root, '--yes');
    expect(filesOf(root)).toEqual(written);

    for (let runs = 2; runs > 0; runs--) await setUp(root, 'undo', '--yes');
    expect(filesOf(root)).toEqual(original);
  });
});

it('writes scripts that can be run', async () => {
  const modes = async (host: string, path: string): Promise<string> => {
    const root = treeOf(host);
    await setUp(root, '--yes');
    return (statSync(join(root, path)).mode & 0o777).toString(8);
  };
  expect(await modes('freebsd-10', 'usr/local/etc/rc.d/milter-manager')).toBe('555');
  expect(await modes('centos-6', 'etc/rc.d/init.d/milter-manager')).toBe('755');
  expect(await modes('centos-6', 'usr/sbin/milter-manager')).toBe('755');
});

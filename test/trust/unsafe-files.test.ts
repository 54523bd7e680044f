/** A file that cannot be edited safely is named with the reason and left alone, and nothing of the plan is applied. */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { growTree, type Ended, type Tree } from '../commands/tree.ts';
import { differences, look } from './whole-tree.ts';

const MAIN_CF = '/etc/postfix/main.cf';
let tree: Tree;
beforeEach(() => {
  tree = growTree();
});
afterEach(() => tree.remove());

/** Runs it, and holds the whole tree against what it was; a dry run says the same. */
async function refused(path: string): Promise<Ended> {
  const before = look(tree.root);
  const shown = await tree.run('--dry-run', '--yes');
  const ended = await tree.run('--yes');
  expect(differences(before, look(tree.root))).toEqual([]);
  for (const { exitCode, stderr } of [shown, ended]) {
    expect(exitCode, stderr).toBe(1);
    expect(stderr).toContain(path);
    expect(stderr).not.toContain('internal');
  }
  return ended;
}

describe('is refused', () => {
  it.each([
    [
      '/etc/milter-greylist/greylist.conf',
      'list "mine" addr {\n  192.0.2.1\nracl whitelist default\n',
    ],
    ['/etc/clamav/clamav-milter.conf', 'OnInfected Quarantine\r\nLogSyslog false\r\n'],
    ['/etc/spamassassin/local.cf', 'if can(Mail::SpamAssassin::Conf::x)\nscore A 1\n'],
    ['/etc/default/spamd', 'OPTIONS="--create-prefs\nPIDFILE=/run/spamd.pid\n'],
  ])('%s, which does not parse', async (path, text) => {
    tree.write(path, text);
    const { stderr } = await refused(path);
    expect(stderr).toMatch(/cannot be edited safely: \S+/);
  });

  it('a circle of links', async () => {
    fs.rmSync(join(tree.root, MAIN_CF));
    fs.symlinkSync('main.cf.link', join(tree.root, MAIN_CF));
    fs.symlinkSync('/etc/postfix/main.cf', join(tree.root, `${MAIN_CF}.link`));
    expect((await refused(MAIN_CF)).stderr).toMatch(/lead in a circle/);
  });

  it('what is not text', async () => {
    tree.write(MAIN_CF, 'myhostname = mail.example.com\n\0\x01\x02');
    expect((await refused(`${MAIN_CF}:2`)).stderr).toMatch(/NUL byte/);
  });

  it('a file over 1 MB', async () => {
    tree.write(MAIN_CF, `myhostname = mail.example.com\n${'# x\n'.repeat(300_000)}`);
    expect((await refused(MAIN_CF)).stderr).toMatch(/over 1 MB/);
  });

  it('a directory in its place', async () => {
    fs.rmSync(join(tree.root, MAIN_CF));
    fs.mkdirSync(join(tree.root, MAIN_CF));
    expect((await refused(MAIN_CF)).stderr).toMatch(/is a directory/);
  });

  it('a file that somebody changed since, until --force is given', async () => {
    await tree.run('--yes');
    tree.write(MAIN_CF, tree.read(MAIN_CF).replace('milter_protocol = 6', 'milter_protocol = 4'));
    const before = look(tree.root);
    const ended = await tree.run('--yes');
    expect(differences(before, look(tree.root))).toEqual([]);
    expect([ended.exitCode, ended.stderr]).toEqual([1, expect.stringContaining(MAIN_CF)]);
    expect(ended.stderr).toContain('--force');
    // The plan that was refused shows what it would do to their text.
    expect(ended.stdout).toMatch(/^-milter_protocol = 4$/m);
    expect((await tree.run('--yes', '--force')).exitCode).toBe(0);
    expect(tree.read(MAIN_CF)).toContain('\nmilter_protocol = 6\n');
  });
});

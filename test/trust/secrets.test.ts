/** Passwords that stand in the files beside our settings are never shown, and never changed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { growTree, type Tree } from '../commands/tree.ts';
import { setUp, treeOf } from '../golden/tree.ts';

const FILES = {
  '/etc/spamassassin/local.cf': 'bayes_sql_password hunter2\nuser_scores_sql_password  hunter2\n',
  '/etc/postfix/main.cf':
    'queue_directory = /var/spool/postfix\naccounts_bind_pw = hunter2\n' +
    'smtp_sasl_password_maps = static:user:hunter2\n',
  '/etc/clamav/clamav-milter.conf': 'OnInfected Quarantine\nReportHostname http://me:hunter2@x/\n',
  '/etc/default/spamd':
    'OPTIONS="--create-prefs"\nSQL_PASSWORD="hunter2"\nexport API_TOKEN=hunter2\n',
};

let tree: Tree;
beforeEach(() => {
  tree = growTree();
  for (const [path, text] of Object.entries(FILES)) tree.write(path, text);
});
afterEach(() => tree.remove());

it('not in a plan, not in a run, not where an undo is refused', async () => {
  const said = [await tree.run('plan'), await tree.run('plan', '--json'), await tree.run('--yes')];
  for (const path of Object.keys(FILES)) {
    expect(tree.read(path)).toContain('hunter2');
  }
  said.push(await tree.run('undo', '--dry-run'), await tree.run('undo', '--list', '--json'));
  for (const path of Object.keys(FILES)) tree.write(path, `${tree.read(path)}# by hand\n`);
  said.push(await tree.run('undo', '--yes'));
  expect(said.map(({ exitCode }) => exitCode)).toEqual([3, 3, 0, 3, 0, 1]);
  for (const { stdout, stderr } of said) {
    expect(`${stdout}${stderr}`).not.toContain('hunter2');
  }
});

it('not beside the switches of rc.conf', async () => {
  const root = treeOf('freebsd-current');
  await setUp(root, '--yes');
  const path = join(root, 'etc/rc.conf');
  const enabled = /^miltergreylist_enable=.*$/m;
  writeFileSync(path, readFileSync(path, 'latin1').replace(enabled, '$&\nvpn_secret="hunter2"'));
  const { code, text } = await setUp(root, 'disable', 'milter-greylist', '--dry-run', '--yes');
  expect(code).toBe(3);
  expect(text).toContain('+miltergreylist_enable="NO"');
  expect(text).not.toContain('hunter2');
});

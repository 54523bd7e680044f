/** Services of master.cf that have milters of their own: reported with their line, and left alone. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { growTree, type Tree } from '../commands/tree.ts';

const MASTER_CF = '/etc/postfix/master.cf';
let tree: Tree;
beforeEach(() => {
  tree = growTree();
});
afterEach(() => tree.remove());

it('are in the notes of the plan, and as they were after a run', async () => {
  const services = [
    'smtp inet n - y - - smtpd',
    'submission inet n - y - - smtpd',
    '  -o { smtpd_milters = inet:127.0.0.1:8891,',
    '       unix:/x }',
    'smtps inet n - y - - smtpd -o smtpd_milters= -o non_smtpd_milters=unix:/y',
  ];
  const text = services.map((line) => `${line}\n`).join('');
  tree.write(MASTER_CF, text);
  const { stdout } = await tree.run('plan', '--json');
  const { notes } = JSON.parse(stdout) as { readonly notes: readonly string[] };
  const found = notes.filter((note) => note.includes('master.cf'));
  expect(found.map((note) => note.replace(/: mail that comes by .*/s, ''))).toEqual([
    `${MASTER_CF}:3: smtpd_milters = inet:127.0.0.1:8891, unix:/x`,
    // What it says of non_smtpd_milters is for cleanup alone (postconf(5)).
    `${MASTER_CF}:5: smtpd_milters =`,
  ]);
  for (const note of found) expect(note).toContain('left alone');
  await tree.run('--yes');
  expect(tree.read(MASTER_CF)).toBe(text);
});

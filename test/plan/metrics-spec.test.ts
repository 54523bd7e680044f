/** Where the manager tells its metrics: what somebody has chosen stays. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diffsOf, setUp, treeOf } from '../golden/tree.ts';

const INI = '/etc/milter-manager/milter-manager.ini';

it('is a socket of its own unless its ini says otherwise', async () => {
  const { text } = await setUp(treeOf('debian-13'), '--dry-run', '--yes');
  expect(diffsOf(text).get(INI)?.added).toContain(
    'metrics = unix:/var/spool/postfix/milter-manager/private/metrics.sock',
  );
});

it('stays a port for Prometheus that somebody chose', async () => {
  const root = treeOf('debian-13');
  mkdirSync(join(root, 'etc/milter-manager'), { recursive: true });
  writeFileSync(join(root, INI), '[manager]\nmetrics = inet:9103@127.0.0.1\n');
  const { text } = await setUp(root, '--dry-run', '--yes');
  const diff = diffsOf(text).get(INI)!;
  expect(diff.added).toContain('unix_socket_mode = 0660');
  expect([...diff.added, ...diff.removed].filter((line) => line.startsWith('metrics'))).toEqual([]);
});

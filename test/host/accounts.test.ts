import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { groupNamed, groupsOf, userNamed } from '../../src/host/accounts.ts';
import { openReader } from '../../src/host/reader.ts';

const root = fs.mkdtempSync(join(os.tmpdir(), 'accounts-'));
const host = openReader(root);
fs.mkdirSync(join(root, 'etc'));
fs.writeFileSync(
  join(root, 'etc/passwd'),
  `# $FreeBSD$
root:*:0:0:Charlie &:/root:/bin/csh
mailnull:*:26:26:Sendmail Default User:/var/spool/mqueue:/usr/sbin/nologin
postfix:x:89:89::/var/spool/postfix:/sbin/nologin
broken:x
+::::::
`,
);
fs.writeFileSync(
  join(root, 'etc/group'),
  'wheel:*:0:root\nclamav:x:106:postfix,mailnull\npostfix:x:89:postfix\nmail:x:12:postfix\n+:*::\n',
);

afterAll(() => fs.rmSync(root, { recursive: true }));

it('reads users, with an own group and a home', () => {
  expect(userNamed(host, 'postfix')).toEqual({
    name: 'postfix',
    uid: 89,
    gid: 89,
    home: '/var/spool/postfix',
    shell: '/sbin/nologin',
  });
  for (const name of ['nobody', 'broken', '+', '# $FreeBSD$', '']) {
    expect(userNamed(host, name)).toBeUndefined();
  }
});

it('reads groups and who is in them', () => {
  expect(groupNamed(host, 'clamav')).toEqual({
    name: 'clamav',
    gid: 106,
    members: ['postfix', 'mailnull'],
  });
  expect(groupNamed(host, 'none')).toBeUndefined();
  expect(groupsOf(host, 'postfix')).toEqual(['postfix', 'clamav', 'mail']);
  expect(groupsOf(host, 'mailnull')).toEqual(['clamav']);
  expect(groupsOf(host, 'none')).toEqual([]);
});

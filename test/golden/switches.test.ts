/** The documents' last part: a milter is turned off by the system's own means, and main.cf stays as it is. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { PLATFORMS } from '../../src/platforms/platforms.ts';
import { expectInOrder } from './order.ts';
import { commandsOf, contentsOf, diffsOf, setUp, treeOf } from './tree.ts';

it('FreeBSD, line 326: stop it, set its variable to NO, reload the manager', async () => {
  const root = treeOf('freebsd-current');
  await setUp(root, '--yes');
  const before = contentsOf(root);
  const { text } = await setUp(root, 'disable', 'milter-greylist', '--yes');
  expect([...diffsOf(text).keys()]).toEqual(['/etc/rc.conf']);
  const { removed, added } = diffsOf(text).get('/etc/rc.conf')!;
  // The document's XXX_enabled is read by nobody.
  expect([removed, added]).toEqual([
    ['miltergreylist_enable="YES"'],
    ['miltergreylist_enable="NO"'],
  ]);
  expectInOrder(commandsOf(text), [
    '/usr/sbin/service milter-greylist stop',
    '/usr/sbin/service milter-manager reload',
  ]);
  // service(8) refuses to stop what rc.conf has at NO.
  expect(text.indexOf('\n/usr/sbin/service milter-greylist stop')).toBeLessThan(
    text.indexOf('\n# write /etc/rc.conf'),
  );
  expect(readFileSync(join(root, 'etc/rc.conf'), 'latin1')).toContain(
    'miltergreylist_enable="NO"',
  );

  const again = await setUp(root, 'enable', 'milter-greylist', '--yes');
  expectInOrder(commandsOf(again.text), ['/usr/sbin/service milter-greylist start']);
  expect(contentsOf(root)).toEqual(before);
});

it('CentOS 6, line 307: stop it, chkconfig off, reload the manager', async () => {
  const root = treeOf('detect-centos-6');
  const manager = join(root, PLATFORMS.centos6.managerProgram);
  mkdirSync(dirname(manager), { recursive: true });
  writeFileSync(manager, '#!/usr/bin/node\n');
  const { text } = await setUp(root, 'disable', 'milter-greylist', '--dry-run', '--yes');
  expect(diffsOf(text).size).toBe(0);
  // The document's --del would make chkconfig forget the script.
  expectInOrder(commandsOf(text), [
    '/sbin/service milter-greylist stop',
    '/sbin/chkconfig milter-greylist off',
    '/sbin/service milter-manager reload',
  ]);
});

/** Doctor's checks before a plan is applied: warnings stand with the plan, errors stop the run before any change. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { growTree, type Tree } from '../commands/tree.ts';
import { contentsOf, setUp } from '../golden/tree.ts';

const STATUS = '/var/lib/dpkg/status';
const postfix = (state: string) => `Package: postfix\nStatus: install ${state}\n`;
const REPAIR = 'dpkg --configure -a';

let tree: Tree;
beforeEach(() => {
  tree = growTree();
});
afterEach(() => tree.remove());

it('says nothing where all is well', async () => {
  tree.write(STATUS, postfix('ok installed'));
  expect((await setUp(tree.root, '--dry-run', '--yes')).text).not.toContain(REPAIR);
});

it('stops for what would break the run, names the repair, and changes nothing', async () => {
  tree.write(STATUS, postfix('reinstreq half-installed'));
  const before = contentsOf(tree.root);
  const { code, errors } = await setUp(tree.root, '--yes');
  expect(code).toBe(1);
  expect(errors).toContain('packages are half installed');
  expect(errors).toContain(`${STATUS}: postfix is half-installed`);
  expect(errors).toContain('apt-get install --reinstall postfix');
  expect(contentsOf(tree.root)).toEqual(before);
});

it('has a code for programs', async () => {
  tree.write(STATUS, postfix('reinstreq half-installed'));
  const { text } = await setUp(tree.root, '--yes', '--json');
  expect(JSON.parse(text)).toMatchObject({ schema: 1, error: { code: 'pre-flight', exitCode: 1 } });
});

it('goes on with --force', async () => {
  tree.write(STATUS, postfix('reinstreq half-installed'));
  expect((await setUp(tree.root, '--yes', '--force')).code).toBe(0);
});

it('shows an error with the plan of a dry run, which is not stopped', async () => {
  tree.write(STATUS, postfix('reinstreq half-installed'));
  const { code, text } = await setUp(tree.root, '--dry-run', '--yes', '--json');
  expect(code).toBe(3);
  const { notes } = JSON.parse(text) as { readonly notes: readonly string[] };
  expect(notes.join('\n')).toContain(`To repair it: ${REPAIR}`);
});

it('shows a warning with the plan, and goes on', async () => {
  tree.write(STATUS, postfix('ok half-configured'));
  const { code, text } = await setUp(tree.root, '--yes');
  expect(code).toBe(0);
  expect(text.replaceAll(/\s+/g, ' ')).toContain(
    `packages are not configured yet. To repair it: ${REPAIR}`,
  );
});

it('sees a socket that the plan would give to two', async () => {
  // A milter that is there takes the place where ours will listen.
  tree.write('/usr/sbin/opendkim', '');
  tree.write('/etc/opendkim.conf', 'Socket local:/run/clamav/clamav-milter.ctl\n');
  tree.write(
    '/etc/systemd/system/multi-user.target.wants/opendkim.service',
    '[Service]\nExecStart=/usr/sbin/opendkim\n[Install]\nWantedBy=multi-user.target\n',
  );
  tree.write(
    '/usr/lib/systemd/system/opendkim.service',
    '[Service]\nExecStart=/usr/sbin/opendkim\n[Install]\nWantedBy=multi-user.target\n',
  );
  const { code, errors } = await setUp(tree.root, '--yes', '--milters', 'clamav');
  expect(errors).toContain('opendkim and clamav-milter are told to listen at the same place');
  expect(code).toBe(1);
});

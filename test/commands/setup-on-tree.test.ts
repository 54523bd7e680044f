/** The wizard without a terminal, on a tree: what it writes, that it is done once, and that it respects others' edits. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { growTree, type Tree } from './tree.ts';

let tree: Tree;
beforeEach(() => {
  tree = growTree();
});
afterEach(() => tree.remove());

describe('milter-setup --root DIR --yes', () => {
  it('writes the settings into the files and prints the commands that remain', async () => {
    const { exitCode, stdout } = await tree.run('--yes', '--default-action', 'tempfail');
    expect(exitCode).toBe(0);
    expect(tree.read('/etc/postfix/main.cf')).toContain(
      '\nsmtpd_milters = unix:/milter-manager/milter-manager.sock\n',
    );
    expect(tree.read('/etc/postfix/main.cf')).toContain('\nmilter_default_action = tempfail\n');
    expect(tree.read('/etc/clamav/clamav-milter.conf')).toContain('\nOnInfected Reject\n');
    expect(tree.read('/etc/milter-greylist/greylist.conf')).toContain(
      'subnetmatch /24\n# How long an unknown sender has to wait before it may try again.\ngreylist 10m\n',
    );
    expect(tree.read('/etc/milter-greylist/greylist.conf')).not.toContain(
      '\nracl whitelist default',
    );
    expect(tree.read('/etc/default/spamd')).toContain('--max-children 30 ');
    expect(stdout).toContain('systemctl enable milter-manager');
    expect(stdout).toContain('systemctl reload postfix');
  });

  it('changes no file the second time', async () => {
    await tree.run('--yes');
    const first = tree.snapshot();
    const { exitCode } = await tree.run('--yes');
    expect(exitCode).toBe(0);
    expect(tree.snapshot()).toEqual(first);
  });

  it('gives every byte back on undo', async () => {
    const before = tree.snapshot();
    await tree.run('--yes');
    const { exitCode } = await tree.run('undo', '--yes');
    expect(exitCode).toBe(0);
    expect(tree.snapshot()).toEqual(before);
  });

  it('asks for --force where somebody edited a file that it would edit again', async () => {
    await tree.run('--yes');
    const edited = tree.read('/etc/postfix/main.cf').replace('tempfail', 'x') + '# mine\n';
    tree.write('/etc/postfix/main.cf', edited);
    const refused = await tree.run('--yes', '--default-action', 'tempfail');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('/etc/postfix/main.cf');
    expect(refused.stderr).toContain('--force');
    expect(tree.read('/etc/postfix/main.cf')).toBe(edited);
    const forced = await tree.run('--yes', '--default-action', 'tempfail', '--force');
    expect(forced.exitCode).toBe(0);
    expect(tree.read('/etc/postfix/main.cf')).toContain('milter_default_action = tempfail\n');
    expect(tree.read('/etc/postfix/main.cf')).toContain('# mine\n');
  });

  it('leaves an edit alone that our settings survive', async () => {
    await tree.run('--yes');
    const edited = tree.read('/etc/postfix/main.cf') + 'mydestination = example.com\n';
    tree.write('/etc/postfix/main.cf', edited);
    expect((await tree.run('--yes')).exitCode).toBe(0);
    expect(tree.read('/etc/postfix/main.cf')).toBe(edited);
  });

  it('takes the milters that main.cf names out when they are behind the manager, and says so', async () => {
    const main = tree.read('/etc/postfix/main.cf');
    tree.write(
      '/etc/postfix/main.cf',
      `${main}smtpd_milters = unix:/spamass/spamass.sock inet:127.0.0.1:8891\n`,
    );
    const { stdout } = await tree.run('--yes');
    const [, list = ''] = /^smtpd_milters = (.*)$/m.exec(tree.read('/etc/postfix/main.cf'))!;
    expect(list.split(/,? /).sort()).toEqual([
      'inet:127.0.0.1:8891',
      'unix:/milter-manager/milter-manager.sock',
    ]);
    expect(stdout).toMatch(/spamass\.sock.*taken out|took out.*spamass\.sock/s);
  });
});

describe('milter-setup --dry-run', () => {
  it('changes nothing and exits with 3, and with 0 when there is nothing to do in files', async () => {
    const before = tree.snapshot();
    const { exitCode, stdout } = await tree.run('--dry-run', '--yes');
    expect(exitCode).toBe(3);
    expect(stdout).toContain('+OnInfected Reject');
    expect(tree.snapshot()).toEqual(before);
  });

  it('is the plan verb by another name', async () => {
    const strip = (text: string): string => text.replaceAll(/probe-\w+-/g, 'probe-');
    const dry = await tree.run('--dry-run', '--yes');
    const plan = await tree.run('plan');
    expect(strip(plan.stdout)).toContain(strip(dry.stdout).split('\n').slice(1).join('\n'));
  });

  it('is JSON on request', async () => {
    const { stdout } = await tree.run('plan', '--json');
    const plan = JSON.parse(stdout) as {
      schema: number;
      changes: { path?: string; diff?: string }[];
    };
    expect(plan.schema).toBe(1);
    const main = plan.changes.find(({ path }) => path === '/etc/postfix/main.cf');
    expect(main?.diff).toContain('+smtpd_milters = unix:/milter-manager/milter-manager.sock');
  });
});

describe('errors', () => {
  it('name the file and line that cannot be edited, and change nothing', async () => {
    tree.write('/etc/milter-greylist/greylist.conf', 'socket "/s"\r\nracl whitelist default\r\n');
    const before = tree.snapshot();
    const { exitCode, stderr } = await tree.run('--yes');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('/etc/milter-greylist/greylist.conf');
    expect(tree.snapshot()).toEqual(before);
  });

  it('name the systems that we know where this one is none', async () => {
    tree.write('/etc/os-release', 'ID=plan9\nPRETTY_NAME="Plan 9"\n');
    const { exitCode, stderr } = await tree.run('--yes');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Plan 9 is not one that milter-setup knows');
    expect((await tree.run('--dry-run', '--yes', '--platform', 'debian')).exitCode).toBe(3);
  });

  it('suggest the milter that was meant', async () => {
    const { exitCode, stderr } = await tree.run('disable', 'greylst');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('greylist');
  });

  it('say which milter is not in this release', async () => {
    tree.write('/etc/os-release', 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n');
    const { exitCode, stderr } = await tree.run('add', 'greylist', '--yes');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Debian 12 has no milter-greylist');
  });
});

describe('milter-setup disable and enable', () => {
  it('leave main.cf byte for byte', async () => {
    await tree.run('--yes');
    const main = tree.read('/etc/postfix/main.cf');
    const off = await tree.run('disable', 'milter-greylist', '--yes');
    expect(off.stdout).toContain('systemctl disable milter-greylist');
    expect(off.stdout).toContain('systemctl reload milter-manager');
    const on = await tree.run('enable', 'greylist', '--yes');
    expect(on.exitCode).toBe(0);
    expect(tree.read('/etc/postfix/main.cf')).toBe(main);
  });
});

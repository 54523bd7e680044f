/** `--quiet` and `--log`: what is left on the screen, and where the rest is to be read. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setUp } from '../golden/tree.ts';
import { growTree, type Tree } from '../commands/tree.ts';

let tree: Tree;
let directory: string;
beforeEach(() => {
  tree = growTree();
  directory = mkdtempSync(join(tmpdir(), 'log-'));
});
afterEach(() => {
  tree.remove();
  rmSync(directory, { recursive: true });
});

const run = (...argv: readonly string[]): ReturnType<typeof setUp> => setUp(tree.root, ...argv);

describe('--quiet', () => {
  it('leaves of a run what is still to be done, and the result', async () => {
    const loud = await run('--dry-run', '--yes');
    const { code, text, errors } = await run('--yes', '--quiet');
    expect(code).toBe(0);
    expect(errors).toBe('');
    expect(text).toMatch(/^To be run on that host, in this order:\n(?: {2}.*\n)+\nelapsed-time: /);
    expect(text).not.toContain('@@');
    expect(loud.text).toContain('@@');
  });

  it('leaves of a plan its totals', async () => {
    const { code, text } = await run('plan', '--yes', '--quiet');
    expect(code).toBe(3);
    expect(text).toMatch(/^\d+ steps: \d+ files \(\+\d+ -\d+\), \d+ commands\n$/);
  });

  it('leaves of doctor what is wrong', async () => {
    const loud = await run('doctor');
    const quiet = await run('doctor', '--quiet');
    expect(loud.text).toContain('skipped: ');
    expect(quiet.text).not.toContain('skipped: ');
    expect(quiet.code).toBe(loud.code);
    expect(loud.text).toContain(quiet.text.split('\n')[0]);
  });

  it('leaves of an undo the names of the runs', async () => {
    await run('--yes');
    expect((await run('undo', '--yes', '--quiet')).text).toMatch(/^undone: \S+-setup\n$/);
  });

  it('leaves errors, JSON and what was asked for as they are', async () => {
    const failed = await run('undo', '--yes', '--quiet');
    expect(failed).toMatchObject({ code: 1, text: '' });
    expect(failed.errors).toContain('milter-setup: there is no run to undo\n');
    expect((await run('plan', '--yes', '--quiet', '--json')).text).toBe(
      (await run('plan', '--yes', '--json')).text,
    );
    expect((await run('help', 'files', '--quiet')).text).toBe((await run('help', 'files')).text);
  });
});

describe('the log of a run', () => {
  const logOf = (path: string): string => readFileSync(path, 'utf8');

  it('has what was typed, the plan and each step, in the file of --log', async () => {
    const path = join(directory, 'run.log');
    await run('--yes', '--log', path);
    const log = logOf(path);
    expect(log.split('\n')[0]).toContain(`: milter-setup --root ${tree.root} --yes --log ${path}`);
    expect(log).toContain('+smtpd_milters = ');
    expect(log).toContain('done: ');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(join(tree.root, 'var/lib/milter-setup/log'))).toBe(false);
  });

  it('is named where the run fails, and says why', async () => {
    const path = join(directory, 'run.log');
    await run('--yes');
    const config = '/etc/clamav/clamav-milter.conf';
    tree.write(config, `${tree.read(config)}# by hand\n`);
    const { code, errors } = await run('undo', '--yes', '--log', path);
    expect(code).toBe(1);
    expect(errors).toContain(`\nlog: ${path}\n`);
    expect(logOf(path)).toContain(`stopped: ${config} was changed by somebody else`);
  });

  it('is added to a file that is there', async () => {
    const path = join(directory, 'run.log');
    writeFileSync(path, 'mine\n');
    await run('status', '--log', path);
    expect(logOf(path)).toMatch(/^mine\n\S+Z milter-setup /);
  });

  it('that cannot be written stops the run before it begins', async () => {
    const { code, errors } = await run('--yes', '--log', join(directory, 'none', 'run.log'));
    expect(code).toBe(2);
    expect(errors).toContain('milter-setup: --log: ');
    expect(errors).toContain('its directory does not exist');
    expect(existsSync(join(tree.root, 'var/lib/milter-setup'))).toBe(false);
  });

  it('is not there for a run that only looks', async () => {
    await run('plan', '--yes');
    await run('--dry-run', '--yes');
    expect(existsSync(join(tree.root, 'var/lib/milter-setup'))).toBe(false);
  });
});

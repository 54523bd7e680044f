/** Commands that work in a directory of a service user run as that user: its links get no rights of root's. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/apply/commands.ts';
import { finishScript } from '../../src/apply/finish-script.ts';
import { createLog } from '../../src/apply/log.ts';
import type { RunOthers } from '../../src/change/change.ts';
import { openRealHost } from '../../src/host/real.ts';

const isRoot = process.geteuid?.() === 0;
const SERVICE = 65_534;
const isThere = (program: string): boolean => spawnSync(program, ['--help']).error === undefined;

let base: string;
let keys: string;
let secret: string;

beforeEach(() => {
  base = fs.mkdtempSync(join(fs.realpathSync(os.tmpdir()), 'holder-'));
  fs.chmodSync(base, 0o755);
  [keys, secret] = [join(base, 'keys'), join(base, 'secret')];
  fs.mkdirSync(join(keys, 'example.com'), { recursive: true });
  fs.writeFileSync(secret, 'of root', { mode: 0o600 });
  if (!isRoot) return;
  for (const path of [keys, join(keys, 'example.com')]) fs.chownSync(path, SERVICE, SERVICE);
});

afterEach(() => fs.rmSync(base, { recursive: true }));

const change = (argv: readonly string[], asHolderOf: string): RunOthers => ({
  kind: 'run',
  phase: 'directories',
  title: 'make a key',
  why: '',
  commands: [{ argv, asHolderOf }],
  undo: [],
});

async function run(argv: readonly string[], directory: string): Promise<number> {
  const made = change(argv, directory);
  const executor = { host: openRealHost(), tell: () => undefined, log: createLog() };
  return (await runCommand(executor, made, made.commands[0]!)).exitCode;
}

const genkey = (directory: string): readonly string[] => [
  ...['opendkim-genkey', '-b', '1024', '-D', directory, '-d', 'example.com', '-s', 'mail'],
];

describe.runIf(isRoot)('a command in a directory of a service user', () => {
  it('writes through no link that was planted there', async () => {
    const directory = join(keys, 'example.com');
    fs.symlinkSync(secret, join(directory, 'mail.private'));
    expect(await run(['tee', join(directory, 'mail.private')], directory)).not.toBe(0);
    expect(fs.readFileSync(secret, 'utf8')).toBe('of root');
    expect(fs.statSync(secret)).toMatchObject({ uid: 0, mode: 0o100600 });
  });

  it.runIf(isThere('opendkim-genkey'))('makes the key as that user', async () => {
    const directory = join(keys, 'example.com');
    expect(await run(['install', '-d', '-m', '0700', directory], keys)).toBe(0);
    expect(await run(genkey(directory), directory)).toBe(0);
    expect(fs.statSync(join(directory, 'mail.private'))).toMatchObject({
      uid: SERVICE,
      mode: 0o100600,
    });
    const planted = join(keys, 'example.org');
    fs.mkdirSync(planted);
    fs.chownSync(planted, SERVICE, SERVICE);
    fs.symlinkSync(secret, join(planted, 'mail.private'));
    await run(genkey(planted), planted);
    expect(fs.readFileSync(secret, 'utf8')).toBe('of root');
  });

  it('is refused where the directory itself is a planted link', async () => {
    const planted = join(keys, 'example.org');
    fs.symlinkSync(base, planted);
    expect(await run(['touch', join(planted, 'x')], planted)).not.toBe(0);
    expect(fs.readdirSync(base).toSorted()).toEqual(['keys', 'secret']);
  });

  it('is so in the script that finishes on the host, too', () => {
    const who = (directory: string): string => {
      const script = finishScript([change(['id', '-u'], directory)]);
      return spawnSync('sh', ['-e', '-c', script, 'finish.sh', '/none'], { encoding: 'utf8' })
        .stdout;
    };
    expect(who(join(keys, 'example.com'))).toBe(`${SERVICE}\n`);
    expect(who(join(keys, 'none/below'))).toBe(`${SERVICE}\n`);
    expect(who(base)).toBe('0\n');
    const script = finishScript([change(['echo', "it's", '-n', 'a b'], keys)]);
    expect(spawnSync('sh', ['-e', '-c', script, 'x', '/none'], { encoding: 'utf8' }).stdout).toBe(
      "it's -n a b\n",
    );
  });
});

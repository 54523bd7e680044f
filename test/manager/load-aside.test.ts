/** The configuration read in a thread of a built program, as the manager reads it while it serves. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { build } from 'rolldown';
import { afterAll, beforeAll, expect, it } from 'vitest';

const UNIT = '/usr/lib/systemd/system/opendkim.service';
const WANTED = '/etc/systemd/system/multi-user.target.wants/opendkim.service';

/** Says what it found, and whether its own turns went on meanwhile. */
const PROGRAM = `
import { answerAside, loadAside } from '${resolve('src/manager/program/load-aside.ts')}';
if (!answerAside()) {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  const memory = new Map<string, unknown>([['read /nothing', Buffer.from('seen')]]);
  void loadAside({ root: process.argv[2]! }, memory)
    .then(
      ({ milters, remote_network: { local_address } }) =>
        ({ milters: milters.map(({ name }) => name), local: local_address.check('192.0.2.7') }),
      (error: Error) => ({ failure: error.message }),
    )
    .then((found) => {
      clearInterval(timer);
      console.log(JSON.stringify({ ...found, goesOn: turns > 2 }));
    });
}`;

let root = '';
let program = '';

function write(path: string, text: string): void {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const told = (): unknown =>
  JSON.parse(execFileSync(process.execPath, [program, root], { encoding: 'utf8' }));

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'aside-'));
  const source = join(root, 'source.ts');
  writeFileSync(source, PROGRAM);
  program = join(root, 'program.cjs');
  await build({
    input: source,
    platform: 'node',
    output: { file: program, format: 'cjs', codeSplitting: false },
    logLevel: 'silent',
  });
  write('/etc/os-release', 'ID=debian\nVERSION_ID="13"\n');
  write('/etc/debian_version', '13.0\n');
  write(UNIT, '[Service]\nExecStart=/usr/sbin/opendkim -f -p local:/run/opendkim.sock\n');
  mkdirSync(join(root, dirname(WANTED)), { recursive: true });
  symlinkSync(UNIT, join(root, WANTED));
});
afterAll(() => rmSync(root, { recursive: true }));

const INI = '/etc/milter-manager/milter-manager.ini';

it('finds what a reload would find, and holds nobody up', () => {
  write(INI, '[remote_network]\nlocal_address = 192.0.2.0/24\n');
  expect(told()).toEqual({ milters: ['opendkim'], local: true, goesOn: true });
});

it('says why it cannot be read', () => {
  write(INI, '[manager]\nno_such_key = 1\n');
  expect(told()).toEqual({ failure: expect.stringContaining('no_such_key'), goesOn: true });
});

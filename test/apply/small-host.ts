/** A small host in a directory, a plan that uses every kind of change on it, and a way to compare whole trees. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import type { Change, RunCommands, WriteFile } from '../../src/change/change.ts';

export const COMMANDS = join(import.meta.dirname, 'commands');
export const STATE = '/var/lib/milter-setup';
const isRoot = process.geteuid?.() === 0;

export const MAIN_CF = '# Postfix\nmyhostname = mail.example.org\n\tname with \xe9\n';

/** In memory where there is such a place: every change is synced, which disks take their time for. */
const PLACE = isWritable('/dev/shm') ? '/dev/shm' : os.tmpdir();

/** Makes the tree; the caller removes it. */
export function makeHost(): string {
  const root = fs.mkdtempSync(join(PLACE, 'milter-setup-test-'));
  for (const directory of [
    'etc/postfix',
    'etc/enabled',
    'run',
    'srv',
    'var/db',
    'var/lib',
    'spool',
  ]) {
    fs.mkdirSync(join(root, directory), { recursive: true });
  }
  const put = (path: string, text: string, mode: number): void => {
    fs.writeFileSync(join(root, path), text, 'latin1');
    fs.chmodSync(join(root, path), mode);
    fs.utimesSync(join(root, path), 1_000_000_000.25, 1_000_000_000.25);
  };
  put('etc/passwd', 'root:x:0:0::/root:/bin/sh\npostfix:x:89:89::/:/sbin/nologin\n', 0o644);
  put('etc/group', 'root:x:0:\npostfix:x:89:\n', 0o644);
  put('etc/postfix/main.cf', MAIN_CF, 0o640);
  put('srv/greylist.conf', 'racl greylist default\n', 0o604);
  put('etc/secret', 'password\n', 0o644);
  put('etc/cron.old', 'remove me\n', 0o4750);
  put('var/db/packages', 'postfix\n', 0o644);
  fs.symlinkSync('/srv/greylist.conf', join(root, 'etc/greylist.conf'));
  fs.chmodSync(join(root, 'spool'), 0o2755);
  if (isRoot) {
    fs.chownSync(join(root, 'etc/postfix/main.cf'), 21, 22);
    fs.chownSync(join(root, 'etc/cron.old'), 23, 24);
    fs.chmodSync(join(root, 'etc/cron.old'), 0o4750);
    fs.chownSync(join(root, 'spool'), 25, 26);
    fs.chmodSync(join(root, 'spool'), 0o2755);
  }
  return root;
}

/** Every path below the root with type, mode, owner and content, except what we keep for ourselves. */
export function snapshot(root: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const walk = (path: string): void => {
    const stat = fs.lstatSync(join(root, path));
    const what = `${(stat.mode & 0o7777).toString(8)} ${stat.uid}:${stat.gid}`;
    if (stat.isSymbolicLink()) found[path] = `-> ${fs.readlinkSync(join(root, path))}`;
    else if (stat.isFile()) found[path] = `${what} ${stat.size} ${hash(join(root, path))}`;
    else {
      if (path === STATE) return;
      found[path] = what;
      for (const name of fs.readdirSync(join(root, path))) walk(`${path}/${name}`);
    }
  };
  walk('');
  return found;
}

function hash(path: string): string {
  return createHash('sha256').update(fs.readFileSync(path)).digest('hex');
}

export function writeChange(news: Partial<WriteFile> & Pick<WriteFile, 'path'>): WriteFile {
  return {
    kind: 'write-file',
    phase: 'files',
    title: `Edit ${news.path}`,
    why: 'the test says so',
    before: undefined,
    after: undefined,
    ...news,
  };
}

const ABOUT = {
  'install-packages': { kind: 'install-packages', packages: [] },
  'create-group': { kind: 'create-group', group: 'milter' },
  'create-user': { kind: 'create-user', user: 'milter' },
  'join-group': { kind: 'join-group', user: 'postfix', group: 'milter' },
  service: { kind: 'service', service: '', action: 'start' },
  check: { kind: 'check', of: '' },
  prove: { kind: 'prove', spec: '', proves: { who: '', mail: '' } },
  'prove-asked': {
    kind: 'prove-asked',
    postfixDirectory: '',
    spec: '',
    statusSpec: '',
    historyDirectory: '',
  },
  run: { kind: 'run' },
} as const;

export function commandChange(
  kind: RunCommands['kind'],
  commands: readonly (readonly string[])[],
  undo: readonly (readonly string[])[] = [],
): RunCommands {
  return {
    ...ABOUT[kind],
    phase: 'services',
    title: commands.map((argv) => argv.join(' ')).join(', '),
    why: 'the test says so',
    commands: commands.map((argv) => ({ argv })),
    undo: undo.map((argv) => ({ argv })),
  };
}

const owner = { user: 'milter', group: 'milter' };

/** What is known before the packages are there. */
export const PACKAGES: readonly Change[] = [
  commandChange(
    'install-packages',
    [['pkg', 'install', 'spamd', 'clamd']],
    [['pkg', 'remove', 'clamd', 'spamd']],
  ),
];

/** The rest: every kind of change, files changed, made, removed, behind a link, and one changed twice. */
export const REST: readonly Change[] = [
  commandChange('create-group', [['pw', 'groupadd', 'milter']], [['pw', 'groupdel', 'milter']]),
  commandChange('create-user', [['pw', 'useradd', 'milter']], [['pw', 'userdel', 'milter']]),
  commandChange(
    'join-group',
    [['pw', 'join', 'postfix', 'milter']],
    [['pw', 'leave', 'postfix', 'milter']],
  ),
  ...[
    { path: '/var/lib/milter', mode: 0o2770 },
    { path: '/spool', mode: 0o1777 },
  ].map(({ path, mode }) => ({
    kind: 'make-directory' as const,
    phase: 'directories' as const,
    title: `Make ${path}`,
    why: 'the test says so',
    path,
    mode,
    owner,
  })),
  writeChange({ path: '/etc/spamd.conf', before: '# stock settings of spamd\n', after: 'ours\n' }),
  writeChange({ path: '/etc/greylist.conf', before: 'racl greylist default\n', after: 'racl\n' }),
  writeChange({ path: '/etc/secret', before: 'password\n', after: 'password\n', mode: 0o600 }),
  writeChange({ path: '/etc/cron.old', before: 'remove me\n' }),
  writeChange({ path: '/etc/milter.ini', after: '[manager]\n', mode: 0o640, owner }),
  commandChange('check', [['check', '/etc/milter.ini', 'manager']]),
  commandChange(
    'service',
    [
      ['service', 'spamd', 'enable'],
      ['service', 'spamd', 'start'],
    ],
    [
      ['service', 'spamd', 'stop'],
      ['service', 'spamd', 'disable'],
    ],
  ),
  commandChange('prove', [['check', '/run/spamd', 'running']]),
  commandChange('run', [['service', 'map', 'enable']], [['service', 'map', 'disable']]),
  writeChange({
    path: '/etc/postfix/main.cf',
    before: MAIN_CF,
    after: `${MAIN_CF}smtpd_milters = inet:127.0.0.1:10025\n`,
  }),
  writeChange({
    path: '/etc/postfix/main.cf',
    before: `${MAIN_CF}smtpd_milters = inet:127.0.0.1:10025\n`,
    after: `${MAIN_CF}smtpd_milters = unix:/run/milter\n`,
  }),
];

function isWritable(directory: string): boolean {
  try {
    fs.accessSync(directory, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

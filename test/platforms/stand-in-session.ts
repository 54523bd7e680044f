/** milter-setup, whole but for its host: a tree whose commands are stand-ins that keep state and fail as the real ones do. */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { loadVerb } from '../../src/commands/load-verb.ts';
import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { createLog } from '../../src/apply/log.ts';
import { parseArguments } from '../../src/cli/program.ts';
import { reportError } from '../../src/cli/report-error.ts';
import type { Host, RunResult } from '../../src/host/host.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import { decideStyle } from '../../src/ui/style.ts';
import { createUi } from '../../src/ui/ui.ts';
import { treeOf } from '../golden/tree.ts';
import { look, type Look } from '../trust/whole-tree.ts';
import { erasOf, packageFacts } from './package-facts.ts';

export interface StandInHost {
  readonly root: string;
  /** Types `milter-setup ARGV`. */
  type(...argv: readonly string[]): Promise<{ readonly code: number; readonly text: string }>;
  /** Types a command of the system, as the sysadmin does. */
  command(...argv: readonly string[]): Promise<RunResult>;
  /** The commands that ran since the last call. */
  ran(): readonly string[];
  runs(service: string): boolean;
  /**
   * Sets a state that the stand-ins know: `no-network`, `no-signatures`, `runs-sendmail`, `no-sendmail`, `selinux`,
   * `old-opendmarc`, `lacks-PACKAGE`.
   */
  set(state: string): void;
  read(path: string): string;
  write(path: string, text: string): void;
  /** Writes a file that everybody may execute. */
  program(path: string, text: string): void;
  /** Everything but our journal, what was downloaded, and the state of the stand-ins. */
  look(): Look;
}

interface StandInSetup {
  /** A tree of `test/hosts`. */
  readonly tree: string;
  readonly commands: 'freebsd' | 'centos6' | 'redhat';
  /** Major version, for the stand-ins. */
  readonly release: number;
  /** Paths of the tree that packages bring: taken away first. */
  readonly without?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

const STAND_INS = join(import.meta.dirname, 'stand-ins');
const STOCK = join(import.meta.dirname, '../../../shared/stock');

/** Packages bring the stock files of their platform where we have them, else short ones of our own. */
const PAYLOADS: Readonly<Record<string, readonly string[]>> = {
  'freebsd 10': [`${STOCK}/freebsd-10`, hosts('freebsd-10')],
  'freebsd 14': [
    `${STOCK}/freebsd-current`,
    `${STAND_INS}/freebsd/files`,
    hosts('freebsd-current'),
  ],
  'centos6 6': [`${STOCK}/centos-6`, hosts('centos-6')],
  'redhat 8': [`${STOCK}/rhel-8`, `${STAND_INS}/redhat/files`, hosts('rhel-8')],
  'redhat 9': [`${STOCK}/rhel-9`, `${STAND_INS}/redhat/files`, hosts('rhel-9')],
  'redhat 10': [`${STOCK}/rhel-10`, `${STAND_INS}/redhat/files`, hosts('rhel-9')],
};

function hosts(name: string): string {
  return join(import.meta.dirname, '../hosts', name);
}

export function standIn({ tree, commands, release, without, files }: StandInSetup): StandInHost {
  const root = treeOf(tree);
  chmodSync(root, 0o755);
  for (const path of without ?? []) rmSync(join(root, path), { recursive: true });
  const state = join(root, 'var/stand-in');
  for (const directory of [
    ...['usr/bin', 'usr/sbin', 'usr/local/bin', 'usr/local/sbin', 'usr/local/etc'],
    ...['var/run', 'var/db', 'var/lib', 'var/stand-in', 'etc/mail', 'etc/selinux', 'etc/sysconfig'],
    ...['etc/systemd/system/multi-user.target.wants', 'home'],
    ...(commands === 'redhat' ? ['run/systemd/system'] : []),
    ...(commands === 'centos6'
      ? [0, 1, 2, 3, 4, 5, 6].map((level) => `etc/rc.d/rc${level}.d`)
      : []),
  ]) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  for (const [path, text] of Object.entries(files ?? {})) writeFileSync(join(root, path), text);
  for (const kind of ['common', ...(commands === 'freebsd' ? [] : ['linux']), commands]) {
    cpSync(join(STAND_INS, kind), join(state, 'bin'), { recursive: true });
  }
  for (const library of ['lib.sh', 'prove.sh', `${commands}/platform.sh`]) {
    cpSync(join(STAND_INS, library), join(state, basename(library)));
  }
  if (commands === 'freebsd') {
    cpSync(join(STAND_INS, 'rc'), state, { recursive: true });
    cpSync(join(STAND_INS, 'rc/rc.subr'), join(root, 'etc/rc.subr'));
  }
  for (const path of SYSTEM_PROGRAMS[commands]) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), '', { mode: 0o755 });
  }
  writeFileSync(join(state, 'facts'), factsFor(commands, release));
  writeFileSync(join(state, 'payloads'), (PAYLOADS[`${commands} ${release}`] ?? []).join('\n'));
  writeFileSync(join(state, 'release'), String(release));
  writeFileSync(join(state, 'node'), process.execPath);
  writeFileSync(join(root, 'usr/local/bin/node'), '', { mode: 0o755 });
  const log = join(state, 'log');
  let seen = 0;
  return {
    root,
    type: (...argv) => type(root, join(state, 'bin'), argv),
    command: (...argv) => openStandIn(root, join(state, 'bin')).run(argv),
    ran() {
      const lines = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
      return lines.slice(seen, (seen = lines.length));
    },
    runs: (service) => existsSync(join(state, `runs-${service}`)),
    set: (name) => writeFileSync(join(state, name), ''),
    read: (path) => readFileSync(join(root, path), 'latin1'),
    program(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text, { encoding: 'latin1' });
      chmodSync(join(root, path), 0o755);
    },
    write: (path, text) => writeFileSync(join(root, path), text, 'latin1'),
    look: () =>
      Object.fromEntries(
        Object.entries(look(root))
          .filter(([path]) => !NOT_THE_HOSTS.test(path))
          // The system's own commands write these.
          .map(([path, entry]) => [path, ACCOUNTS.test(path) ? { ...entry, time: 0 } : entry]),
      ),
  };
}

/** What the system has by itself, where the product calls it by its whole path. */
const SYSTEM_PROGRAMS = {
  freebsd: ['usr/sbin/service', 'usr/sbin/pw', 'usr/sbin/daemon'],
  centos6: ['sbin/service', 'sbin/chkconfig'],
  redhat: [],
} as const;

/** Commands that no package of a plan brings. */
const SYSTEM_COMMANDS = new Set([
  ...['sh', 'rm', 'rmdir', 'chown', 'install', 'chkconfig', 'service', 'pkg', 'pw', 'yum', 'dnf'],
  ...['systemctl', 'useradd', 'userdel', 'usermod', 'gpasswd', 'groupadd', 'groupdel'],
]);
const DIRECTORIES = ['usr/local/sbin', 'usr/local/bin', 'usr/sbin', 'usr/bin', 'sbin', 'bin'];

/** A command that a package brings is there once the package is, and under no other path. */
function openStandIn(root: string, commands: string): Host {
  const host = openTreeHost(root, commands);
  return {
    ...host,
    run(argv, options) {
      const [program = ''] = argv;
      const paths = program.startsWith('/')
        ? [program]
        : DIRECTORIES.map((directory) => `${directory}/${program}`);
      if (SYSTEM_COMMANDS.has(program) || paths.some((path) => existsSync(join(root, path)))) {
        return host.run(argv, options);
      }
      const stderr = `${program}: not found\n`;
      return Promise.resolve({ argv, exitCode: 127, stdout: '', stderr });
    },
  };
}

/** The table's rows of the release, for the commands that install: package, kind, value. */
function factsFor(commands: StandInSetup['commands'], release: number): string {
  const family = commands === 'freebsd' ? 'freebsd' : 'redhat';
  const eras = erasOf(family, release);
  return packageFacts(family)
    .filter(({ era }) => eras.includes(era))
    .map((row) => `${row.package}\t${row.kind}\t${row.value}\n`)
    .join('');
}

const ACCOUNTS = /^etc\/(?:passwd|group)$/;
const NOT_THE_HOSTS =
  /^var\/(?:stand-in|log|(?:db|lib)\/(?:clamav|spamassassin|milter-setup))(?:\/|$)/;

async function type(
  root: string,
  commands: string,
  argv: readonly string[],
): Promise<{ readonly code: number; readonly text: string }> {
  const output = new PassThrough({ highWaterMark: 1 << 24 });
  const stream = output as unknown as NodeJS.WriteStream;
  const input = new PassThrough() as unknown as NodeJS.ReadStream;
  const { signal } = new AbortController();
  const parsed = parseArguments(argv);
  if (!('run' in parsed)) throw new Error(parsed.text);
  const { verb, options, verbOptions, flags, arguments: words } = parsed.run;
  const style = decideStyle({
    environment: {},
    isTTY: false,
    columns: undefined,
    when: 'never',
    verbose: false,
  });
  const { yes, json, verbose } = options;
  const ui = createUi({
    ...{ input, output: stream, errors: stream, style, interactive: false },
    ...{ yes, json, verbose, signal },
  });
  const host = openStandIn(root, commands);
  const command = await loadVerb(verb.name);
  let code: number;
  try {
    code = await command.run({
      ...{ host, options, version: '0', verb: verb.name, arguments: words, verbOptions },
      ...{ given: { flags, environment: {} }, ui, log: createLog(), signal, urgentSignal: signal },
      program: ['milter-setup'],
    });
  } catch (error) {
    code = reportError(error, { errors: stream, output: stream }, { json, verbose, style });
  }
  output.end();
  const chunks: Buffer[] = [];
  for await (const chunk of output) chunks.push(chunk as Buffer);
  return { code, text: Buffer.concat(chunks).toString() };
}

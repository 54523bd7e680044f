/** A host that cannot run us: its files are planned as a tree elsewhere, and the script that is left finishes it there. */
import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyOf, setUp } from '../golden/tree.ts';
import { differences, type Look } from '../trust/whole-tree.ts';
import type { StandInHost } from './stand-in-session.ts';
import { centos6, freebsd10 } from './trees.ts';
import { complaint } from './whole-life.ts';

const PATIENCE = { timeout: 120_000 };

interface Row {
  readonly host: () => StandInHost;
  readonly install: readonly string[];
  readonly script: string;
}

const ROWS: readonly (readonly [string, Row])[] = [
  [
    'CentOS 6',
    {
      host: () => centos6(undefined),
      install: [
        'yum install -y epel-release',
        'yum install -y postfix spamassassin spamass-milter clamav clamd clamav-milter milter-greylist',
      ],
      script: 'var/lib/milter-setup/finish.sh',
    },
  ],
  [
    'FreeBSD 10',
    {
      host: freebsd10,
      install: ['pkg install --yes postfix spamass-milter clamav-milter milter-greylist'],
      script: 'var/db/milter-setup/finish.sh',
    },
  ],
];

/** The host's files without what belongs to the stand-ins, as a sysadmin copies them. */
function copyTree(host: StandInHost): string {
  const tree = copyOf(host.root);
  rmSync(join(tree, 'var/stand-in'), { recursive: true });
  return tree;
}

/** Runs the script as `sh -e` does there, its files and commands moved into the host's tree. */
function finish(host: StandInHost, script: string, tree: string): SpawnSyncReturns<string> {
  const moved = readFileSync(script, 'latin1')
    .replace(/^(cp "\$tree"\S+) \//gm, `$1 ${host.root}/`)
    .replace(/^(mkdir -p|rm -f|(?:chown|chmod) \S+) \//gm, `$1 ${host.root}/`)
    .replace(
      /^( *if exists) (.*); then$/gm,
      (_, start: string, paths: string) =>
        `${start} ${paths.replaceAll(/(^| )\//g, `$1${host.root}/`)}; then`,
    )
    .replace(/(^|[ ;|])\/(?:usr\/)?(?:local\/)?(?:s?bin|libexec)\/(\w[\w-]*)/gm, '$1$2')
    .replace(/^chown /gm, 'own ');
  const path = join(tree, 'moved.sh');
  writeFileSync(path, `${OWN}${moved}`, 'latin1');
  const bin = join(host.root, 'var/stand-in/bin');
  const real = join(tree, 'real');
  mkdirSync(real);
  for (const name of ['cp', 'mkdir', 'chmod', 'rm', 'env', 'sleep']) {
    execFileSync('ln', ['-s', `/bin/${name}`, join(real, name)]);
  }
  rmSync(join(real, 'env'));
  return spawnSync('/bin/sh', ['-e', path, tree], {
    encoding: 'utf8',
    env: { PATH: `${real}:${bin}:/usr/bin:/bin`, MILTER_SETUP_ROOT: host.root },
  });
}

/** chown by the accounts of the tree, as they are by then. */
const OWN = `number() { case $1 in 0) echo 0 ;; *) sed -n "s/^$1:[^:]*:\\([0-9]*\\).*/\\1/p" "$MILTER_SETUP_ROOT/etc/$2" ;; esac; }
own() { /bin/chown "$(number "\${1%:*}" passwd):$(number "\${1#*:}" group)" "$2"; }
`;

const timeless = (entries: Look): Look =>
  Object.fromEntries(Object.entries(entries).map(([path, entry]) => [path, { ...entry, time: 0 }]));

describe.skipIf(process.geteuid?.() !== 0).each(ROWS)(
  '%s, of which only the files are at hand',
  (_, { host, install, script }) => {
    it('is finished there by the script as a run on the host does it', PATIENCE, async () => {
      const there = host();
      for (const line of install) await there.command(...line.split(' '));
      const tree = copyTree(there);
      const { code, text, errors } = await setUp(tree, '--yes');
      expect(code, errors).toBe(0);
      expect(text).toContain(`sh -e DIRECTORY/${script} DIRECTORY`);
      const done = finish(there, join(tree, script), tree);
      expect(done.status, `${done.stdout}${done.stderr}`).toBe(0);

      const other = host();
      for (const line of install) await other.command(...line.split(' '));
      const run = await other.type('--yes');
      expect(run.code, complaint(run.text)).toBe(0);
      const left = differences(timeless(other.look()), timeless(there.look()));
      expect(left.map(({ path }) => path)).toEqual([]);
      for (const name of ['milter-manager', 'milter-greylist', 'spamass-milter', 'postfix']) {
        expect([name, there.runs(name)]).toEqual([name, true]);
      }
    });

    it('without its packages says how many files wait for them, and ends with 3', async () => {
      const tree = copyTree(host());
      const { code, text } = await setUp(tree, '--yes');
      expect(code).toBe(3);
      expect(text.replace(/\s+/g, ' ')).toMatch(
        /\d files wait for packages that the tree does not/,
      );
      const commands = /To be run on that host.*:\n((?: {2}.*\n)+)/.exec(text)![1]!.trim();
      expect(commands.split('\n').map((line) => line.trim().replace(/^[A-Z_]+=\S+ /, ''))).toEqual(
        install,
      );
      expect(existsSync(join(tree, script))).toBe(false);
    });

    it('gets no directory where the host has a link', async () => {
      const tree = copyTree(host());
      for (const name of ['etc/init.d', 'var/run']) {
        rmSync(join(tree, name), { recursive: true, force: true });
      }
      await setUp(tree, '--yes');
      for (const name of ['etc/init.d', 'var/run']) {
        expect(existsSync(join(tree, name)), name).toBe(false);
      }
    });
  },
);

/** Hosts on which runs are stopped in the middle: what they are like before and after, and how a run is stopped. */
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { boot, type BootedHost, type Outcome } from './host.ts';
import { differences, listPaths, type Listing } from './listing.ts';
import { putSignatures } from './mail-host.ts';
import { useOwnNameServer } from './name-server.ts';
import { copyPackage, packPackage, type Package } from './package.ts';
import { DEBIAN_13, servicesOf } from './tested-platforms.ts';

const SCRIPTS = new URL('../../../shared/hosts', import.meta.url).pathname;
const CHECKPOINTS = 'var/lib/milter-setup/checkpoints';
/** useradd and its like keep what was before them in these. */
const FORMER_ACCOUNTS = /^~ \/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-$/;

export interface PlanJson {
  readonly schema: number;
  readonly pending: boolean;
  readonly changes: readonly PlannedChange[];
  readonly notes: readonly string[];
}

export interface PlannedChange {
  readonly kind: string;
  readonly title: string;
  readonly why: string;
  readonly path?: string;
  readonly summary?: string;
  readonly diff?: string;
  readonly commands?: readonly {
    readonly argv: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
  }[];
}

/** A line of a journal. */
export interface Noted {
  readonly type: string;
  readonly index?: number;
  readonly change?: PlannedChange & {
    readonly before?: string;
    readonly after?: string;
    readonly secrets?: readonly string[];
  };
}

/** A Debian 13 with our package in it, signatures, and nothing else. */
export async function bootTrustHost(
  name: string,
  number: number,
): Promise<{ readonly host: BootedHost; readonly tarball: Package }> {
  const host = await boot(name, 'debian13', number);
  putSignatures(host);
  await useOwnNameServer(host);
  return { host, tarball: copyPackage(host, await packPackage()) };
}

export async function planOf(tarball: Package): Promise<PlanJson> {
  const { stdout, output } = await tarball.setup('plan', '--json');
  if (!stdout.startsWith('{')) throw new Error(output);
  return JSON.parse(stdout) as PlanJson;
}

/** Installs what the plan would, by hand: the host is then as its packages leave it. */
export async function installPackages(host: BootedHost, plan: PlanJson): Promise<void> {
  const install = plan.changes.find(({ kind }) => kind === 'install-packages');
  for (const { argv, environment = {} } of install?.commands ?? []) {
    const variables = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
    await host.run('env', ...variables, ...argv);
  }
}

export interface HostState {
  readonly files: Listing;
  /** Unit to `active enabled`, as systemctl says it. */
  readonly services: Readonly<Record<string, string>>;
  /** Every unit file with its state. */
  readonly unitFiles: string;
}

/** @param paths beside /etc and /usr/local: what else a run makes */
export async function stateOf(host: BootedHost, paths: readonly string[]): Promise<HostState> {
  const units = [...servicesOf(DEBIAN_13), 'clamav-daemon.socket'];
  const ask = async (verb: string) =>
    (await host.exec('systemctl', verb, ...units)).stdout.trim().split('\n');
  const [active, enabled] = [await ask('is-active'), await ask('is-enabled')];
  const unitFiles = await host.run('systemctl', 'list-unit-files', '--no-legend', '--no-pager');
  return {
    files: listPaths(host, ['/etc', '/usr/local', ...paths]),
    services: Object.fromEntries(
      units.map((unit, index) => [unit, `${active[index]} ${enabled[index]}`]),
    ),
    unitFiles,
  };
}

/** What differs, a line each; nothing where the host is as it was. */
export function changesBetween(before: HostState, after: HostState): readonly string[] {
  return [
    ...differences(before.files, after.files).filter((line) => !FORMER_ACCOUNTS.test(line)),
    ...Object.entries(before.services).flatMap(([unit, was]) =>
      after.services[unit] === was ? [] : [`${unit}: was ${was}, is ${after.services[unit]}`],
    ),
    ...(before.unitFiles === after.unitFiles ? [] : ['other unit files']),
  ];
}

/** The journal's lines of the run that began last. */
export function journalOf(host: BootedHost): readonly Noted[] {
  const directory = join(host.root, CHECKPOINTS);
  if (!fs.existsSync(directory)) return [];
  const newest = fs.readdirSync(directory).sort().at(-1);
  const path = join(directory, newest ?? '', 'journal.jsonl');
  if (newest === undefined || !fs.existsSync(path)) return [];
  return fs
    .readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Noted);
}

export function runCount(host: BootedHost): number {
  const directory = join(host.root, CHECKPOINTS);
  return fs.existsSync(directory) ? fs.readdirSync(directory).length : 0;
}

/**
 * Starts `milter-setup WORDS` inside, and kills its process group with -9 as soon as `reached`; what it has started (a
 * package manager, systemctl) has a group of its own and lives on, as it would on any host.
 */
export async function killWhen(
  host: BootedHost,
  argv: readonly string[],
  reached: () => boolean,
): Promise<boolean> {
  const run = execa(`${SCRIPTS}/host.sh`, ['exec', host.name, ...argv], {
    detached: true,
    stdin: 'ignore',
    all: true,
    reject: false,
  });
  const end = run.then(() => 'ended' as const);
  for (;;) {
    const tick = await Promise.race([end, sleep(1).then(() => 'going' as const)]);
    if (tick === 'ended') return false;
    if (reached()) break;
  }
  process.kill(-run.pid!, 'SIGKILL');
  await end;
  return true;
}

/** Takes back all that stands, and says how that went. */
export async function undoAll(tarball: Package): Promise<Outcome | undefined> {
  const list = JSON.parse((await tarball.setup('undo', '--list', '--json')).stdout) as {
    readonly runs: readonly { readonly id: string; readonly state: string }[];
  };
  const oldest = list.runs.findLast(({ state }) => state !== 'undone');
  return oldest && (await tarball.setup('undo', '--to', oldest.id, '--yes'));
}

/** Throw-away booted hosts (systemd as PID 1, a network namespace of their own), made by ../shared/hosts/host.sh. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { makeImage, SCRIPTS, type Image } from './images.ts';

const RUNNING = process.env['MH_RUN'] ?? '/dev/shm/mh';

export interface Outcome {
  readonly exitCode: number;
  /** Standard output and standard error as they came. */
  readonly output: string;
  readonly stdout: string;
  readonly seconds: number;
}

export interface BootedHost {
  readonly name: string;
  readonly address: string;
  /** The process whose namespaces are the host's, by its number here. */
  readonly leader: string;
  /** Its root directory, seen from here. */
  readonly root: string;
  /** Runs a command inside, as root; never throws for its exit code. */
  exec(...argv: readonly string[]): Promise<Outcome>;
  /** @returns standard output. @throws where the exit code is not 0 */
  run(...argv: readonly string[]): Promise<string>;
  /** Runs a program of this machine in the host's network, so that it can speak from the host's addresses. */
  inNetwork(...argv: readonly string[]): Promise<Outcome>;
  /** The argv that runs a command inside on a terminal of the host; for a pseudo-terminal's program. */
  onTerminal(...argv: readonly string[]): readonly [string, ...string[]];
  read(path: string): Buffer;
  exists(path: string): boolean;
  reboot(): Promise<void>;
  /** Without a route to anywhere: what happens inside cannot come from the network. */
  offline<T>(work: () => Promise<T>): Promise<T>;
  down(): Promise<void>;
}

/** Why no host can be booted here; undefined where it can. */
export function whyNoHosts(): string | undefined {
  if (process.geteuid?.() !== 0) return 'booting a host needs root';
  if (!fs.existsSync(join(SCRIPTS, 'host.sh'))) return 'there is no ../shared/hosts/host.sh';
  const missing = ['systemd-nspawn', 'mmdebstrap', 'nft', 'zstd', 'swaks', 'ip'].filter(
    (program) => !found(program),
  );
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : undefined;
}

/** @param name begins with `e2e`; @param number the last part of its address, 60 to 79 */
export async function boot(name: string, image: Image, number: number): Promise<BootedHost> {
  const missing = await makeImage(image);
  if (missing !== undefined) throw new Error(missing);
  // What a killed run left behind.
  if (fs.existsSync(join(RUNNING, name))) await hostScript('down', name);
  try {
    await hostScript('up', name, image, '--ip', String(number), '--node');
  } catch (error) {
    await hostScript('down', name).catch(() => undefined);
    throw error;
  }
  return new NspawnHost(name);
}

class NspawnHost implements BootedHost {
  readonly root: string;
  readonly address: string;

  constructor(readonly name: string) {
    this.root = join(RUNNING, name, 'root');
    this.address = this.#state('ip');
  }

  get leader(): string {
    return this.#state('leader');
  }

  exec(...argv: readonly string[]): Promise<Outcome> {
    return runHere(join(SCRIPTS, 'host.sh'), ['exec', this.name, ...argv]);
  }

  async run(...argv: readonly string[]): Promise<string> {
    const { exitCode, output, stdout } = await this.exec(...argv);
    if (exitCode !== 0) throw new Error(`${argv.join(' ')}: exit code ${exitCode}\n${output}`);
    return stdout;
  }

  inNetwork(...argv: readonly string[]): Promise<Outcome> {
    return runHere('nsenter', ['-t', this.leader, '-n', ...argv]);
  }

  onTerminal(...argv: readonly string[]): readonly [string, ...string[]] {
    return [join(SCRIPTS, 'host.sh'), 'pty', this.name, ...argv];
  }

  read(path: string): Buffer {
    return fs.readFileSync(join(this.root, path));
  }

  exists(path: string): boolean {
    return fs.lstatSync(join(this.root, path), { throwIfNoEntry: false }) !== undefined;
  }

  /** Up to the end of the boot, which may wait for an update of signatures that finds no network. */
  async reboot(): Promise<void> {
    try {
      await hostScript('reboot', this.name);
    } catch (error) {
      if (!String(error).includes('did not come up')) throw error;
      await this.exec('timeout', '150', 'systemctl', 'is-system-running', '--wait');
    }
  }

  async offline<T>(work: () => Promise<T>): Promise<T> {
    const route = (await this.inNetwork('ip', 'route', 'show', 'default')).stdout.trim().split(' ');
    await this.inNetwork('ip', 'route', 'del', 'default');
    try {
      return await work();
    } finally {
      await this.inNetwork('ip', 'route', 'add', ...route);
    }
  }

  /** With E2E_KEEP set it is left for a look at it: `host.sh exec NAME bash`. */
  async down(): Promise<void> {
    if (process.env['E2E_KEEP'] === undefined) await hostScript('down', this.name);
  }

  #state(file: 'ip' | 'leader'): string {
    return fs.readFileSync(join(RUNNING, this.name, file), 'utf8').trim();
  }
}

async function hostScript(...argv: readonly string[]): Promise<void> {
  // A host that shall only go away is not given time to stop its services.
  await execa(join(SCRIPTS, 'host.sh'), argv, { env: { MH_PATIENCE: '5' } });
}

async function runHere(program: string, argv: readonly string[]): Promise<Outcome> {
  const started = performance.now();
  const { exitCode, all, stdout } = await execa(program, argv, {
    all: true,
    stdin: 'ignore',
    reject: false,
    timeout: 400_000,
  });
  const seconds = (performance.now() - started) / 1000;
  return { exitCode: exitCode ?? -1, output: all, stdout, seconds };
}

function found(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** One run at a time on a host. The lock says who holds it; one that a dead run left is taken over. */
import type { Host, HostReader } from '../host/host.ts';
import { isRunning, type ProcessIdentity, thisProcess } from '../host/processes.ts';
import { EXIT, SetupError } from '../host/setup-error.ts';
import { ensureDirectory } from './state.ts';

interface Holder extends ProcessIdentity {
  readonly verb: string;
  /** ISO 8601. */
  readonly since: string;
}

export interface Lock {
  release(): void;
}

/** @throws SetupError `locked`, exit code 5, naming the holder */
export function takeLock(host: Host, stateDirectory: string, verb: string): Lock {
  ensureDirectory(host, stateDirectory);
  return take(host, `${stateDirectory}/lock`, verb, 0);
}

/** The run that is at work on a host now, for people; undefined where there is none. */
export function lockHolder(host: HostReader, stateDirectory: string): string | undefined {
  const holder = parse(host.read(`${stateDirectory}/lock`)?.toString() ?? '');
  return holder && isRunning(holder) ? nameOf(holder) : undefined;
}

function nameOf({ verb, pid, since }: Holder): string {
  return `milter-setup ${verb} (process ${pid}, since ${since})`;
}

function take(host: Host, path: string, verb: string, depth: number): Lock {
  const mine = JSON.stringify({ ...thisProcess(), verb, since: new Date().toISOString() });
  const lock = { release: () => host.removeFile(path) };
  if (host.create(path, Buffer.from(mine), 0o644)) return lock;
  const theirs = host.read(path)?.toString();
  if (theirs !== undefined) {
    const holder = parse(theirs);
    if (depth > 2 || (holder !== undefined && isRunning(holder))) throw locked(path, holder);
    // Two who find the same stale lock must not both remove it: the second would remove the first one's new lock.
    const turn = take(host, `${path}.takeover`, verb, depth + 1);
    try {
      if (host.read(path)?.toString() === theirs) host.removeFile(path);
    } finally {
      turn.release();
    }
  }
  if (host.create(path, Buffer.from(mine), 0o644)) return lock;
  throw locked(path, parse(host.read(path)?.toString() ?? ''));
}

function parse(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder>;
    const { pid, started, verb = '', since = '' } = holder;
    return typeof pid === 'number' ? { pid, started, verb, since } : undefined;
  } catch {
    return undefined;
  }
}

function locked(path: string, holder: Holder | undefined): SetupError {
  const who = holder === undefined ? 'Another run' : nameOf(holder);
  return new SetupError({
    code: 'locked',
    message: `${who} is at work on this host`,
    hint: `Wait until it has ended. Its lock is ${path}.`,
    exitCode: EXIT.locked,
  });
}

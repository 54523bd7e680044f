/** The directories in which runs keep their journal and the files as they were: one a run, the name begins with its time. */
import type { Host, HostReader } from '../host/host.ts';
import { type JournalRecord, type Outcome, readJournal, type Step, stepsOf } from './journal.ts';
import { ensureDirectory } from './state.ts';

/** So many runs that were undone are remembered; one that stands is never forgotten, so that all can be undone. */
const UNDONE_KEPT = 20;

/** Bytes that a run keeps in hand, so that an undo can write its journal and put files in place on a full disk. */
const RESERVE = 32 * 1024;

/** A run that has changed something, or was about to. */
export interface Checkpoint {
  /** `20261121T200715.042Z-add`: sorts by time. */
  readonly id: string;
  readonly directory: string;
  readonly verb: string;
  readonly version: string;
  /** ISO 8601. */
  readonly at: string;
  /** `unfinished`: the run, or an undo of it, was killed, or is still at work. */
  readonly state: Outcome | 'unfinished';
  readonly steps: readonly Step[];
}

/** All checkpoints, newest first. */
export function listCheckpoints(host: HostReader, stateDirectory: string): readonly Checkpoint[] {
  return names(host, stateDirectory)
    .map((id) => readCheckpoint(host, stateDirectory, id))
    .filter((checkpoint) => checkpoint !== undefined)
    .reverse();
}

function names(host: HostReader, stateDirectory: string): readonly string[] {
  return host.list(`${stateDirectory}/checkpoints`);
}

function readCheckpoint(
  host: HostReader,
  stateDirectory: string,
  id: string,
): Checkpoint | undefined {
  const directory = `${stateDirectory}/checkpoints/${id}`;
  const records = readJournal(host, directory);
  const begin = records.find((record) => record.type === 'begin');
  const steps = stepsOf(records);
  // Killed before its first change was even noted down: nothing has happened.
  if (begin === undefined || steps.length === 0) return undefined;
  const { verb, version, at } = begin;
  return { id, directory, verb, version, at, state: stateOf(records), steps };
}

function stateOf(records: readonly JournalRecord[]): Checkpoint['state'] {
  const last = records.findLast(
    ({ type }) => type === 'begin' || type === 'undo-begun' || type === 'finished',
  );
  return last?.type === 'finished' ? last.outcome : 'unfinished';
}

/** Makes a checkpoint's directory, whose name sorts behind all others even where the clock was set back. */
export function makeCheckpoint(
  host: Host,
  stateDirectory: string,
  verb: string,
): { readonly id: string; readonly directory: string } {
  ensureDirectory(host, `${stateDirectory}/checkpoints`, 0o700);
  const newest = timeOf(names(host, stateDirectory).at(-1) ?? '');
  const id = `${basicTime(Math.max(Date.now(), newest + 1))}-${verb}`;
  const directory = `${stateDirectory}/checkpoints/${id}`;
  host.makeDirectory(directory, 0o700);
  host.makeDirectory(`${directory}/originals`, 0o700);
  host.write(reserveOf(directory), Buffer.alloc(RESERVE), { mode: 0o600 });
  return { id, directory };
}

/** Gives the disk back what the run kept in hand. Never throws: on a disk that is broken the undo goes on without. */
export function releaseReserve(host: Host, directory: string): void {
  try {
    host.removeFile(reserveOf(directory));
  } catch {
    // What fails for want of room, or of a disk, says so itself.
  }
}

function reserveOf(directory: string): string {
  return `${directory}/reserve`;
}

/** ISO 8601 in the basic format: no colons, which file names cannot hold everywhere. */
export function basicTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/[-:]/g, '');
}

function timeOf(id: string): number {
  const fields = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{3})Z/.exec(id)?.slice(1).map(Number);
  if (fields === undefined) return 0;
  const [year = 0, month = 1, ...rest] = fields;
  return Date.UTC(year, month - 1, ...rest);
}

/** Removes the oldest undone checkpoints beyond those that are kept, and directories that hold no run. */
export function pruneCheckpoints(host: Host, stateDirectory: string): void {
  const known = listCheckpoints(host, stateDirectory);
  const kept = new Set([
    ...known.filter(({ state }) => state !== 'undone').map(({ id }) => id),
    ...known
      .filter(({ state }) => state === 'undone')
      .slice(0, UNDONE_KEPT)
      .map(({ id }) => id),
  ]);
  for (const id of names(host, stateDirectory)) {
    if (!kept.has(id)) removeCheckpoint(host, `${stateDirectory}/checkpoints/${id}`);
  }
}

/** The journal goes first: a checkpoint without its originals must not look as if it could be undone. */
function removeCheckpoint(host: Host, directory: string): void {
  host.removeFile(`${directory}/journal.jsonl`);
  releaseReserve(host, directory);
  for (const name of host.list(`${directory}/originals`)) {
    host.removeFile(`${directory}/originals/${name}`);
  }
  for (const each of [`${directory}/originals`, directory]) {
    if (host.lstat(each) !== undefined) host.removeDirectory(each);
  }
}

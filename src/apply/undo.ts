/** Undo of earlier runs, from the journal alone: without the network, with a broken Postfix, after kill -9. */
import { redactedDiff } from '../edit/unified-diff.ts';
import type { Host, HostReader } from '../host/host.ts';
import { readText } from '../host/host.ts';
import { SetupError } from '../host/setup-error.ts';
import type { WriteFile } from '../change/change.ts';
import { type Checkpoint, listCheckpoints, releaseReserve } from './checkpoint.ts';
import type { ApplyListener } from './events.ts';
import { type Lock, takeLock } from './lock.ts';
import { createLog, logged, logPath, type RunLog } from './log.ts';
import { recordCommands } from './recorded-host.ts';
import { fingerprintAt } from './undo-step.ts';
import { type UndoResult, undoSteps } from './undo-steps.ts';

export { type Checkpoint, listCheckpoints } from './checkpoint.ts';

export interface UndoSetup {
  readonly stateDirectory: string;
  /** Put files back even where somebody else changed them since; theirs is saved as PATH.milter-setup-ID. */
  readonly force?: boolean;
  /** Remove installed packages, too. */
  readonly packages?: boolean;
  readonly events?: ApplyListener;
  /** Of the whole program: it has the host's commands already. Where not given the undo has a log of its own. */
  readonly log?: RunLog;
  /** Stops between two steps; `undo` goes on from there. */
  readonly signal?: AbortSignal;
}

/** The names of the checkpoints that were undone, newest first, and what came of it. */
export interface Undoing extends UndoResult {
  readonly ids: readonly string[];
}

/** Files were changed by somebody else since we wrote them; the message holds the diffs. */
export class ChangedSince extends SetupError {
  /** From what we wrote to what is there now. */
  readonly conflicts: readonly WriteFile[];

  constructor(conflicts: readonly WriteFile[]) {
    super({
      code: 'changed-since',
      message: conflicts.map(describeConflict).join('\n'),
      hint: 'milter-setup undo --force puts the files back all the same, and keeps what is there now beside them.',
    });
    this.conflicts = conflicts;
  }
}

/**
 * Undoes the newest run that stands.
 *
 * @throws SetupError `nothing-to-undo`, `changed-since` (nothing was changed then), `locked`, `undo-interrupted`
 */
export async function undoNewest(host: Host, setup: UndoSetup): Promise<Undoing> {
  return undoThese(host, setup, runsToUndo(host, setup));
}

/**
 * Undoes all runs that stand, from the newest one back to this one, which is undone too.
 *
 * @throws SetupError `no-such-checkpoint` and those of `undoNewest`
 */
export async function undoTo(host: Host, id: string, setup: UndoSetup): Promise<Undoing> {
  return undoThese(host, setup, runsToUndo(host, setup, id));
}

/**
 * The runs that an undo takes back, newest first: the newest one that stands, or all that stand down to `to`.
 *
 * @throws SetupError `nothing-to-undo`, `no-such-checkpoint`
 */
export function runsToUndo(
  host: HostReader,
  setup: Pick<UndoSetup, 'stateDirectory' | 'packages'>,
  to?: string,
): readonly Checkpoint[] {
  const all = standing(host, setup);
  if (to === undefined && all.length === 0) throw nothingToUndo();
  const last = to === undefined ? 0 : all.findIndex((each) => each.id === to);
  if (last < 0) {
    throw new SetupError({
      code: 'no-such-checkpoint',
      message: `there is no run ${to} to undo`,
      hint: 'milter-setup undo --list',
    });
  }
  return all.slice(0, last + 1);
}

/** Runs of which something is left to undo, newest first; kept packages count where they are to be removed. */
function standing(
  host: HostReader,
  { stateDirectory, packages }: Pick<UndoSetup, 'stateDirectory' | 'packages'>,
): readonly Checkpoint[] {
  return listCheckpoints(host, stateDirectory).filter(
    ({ state, steps }) =>
      state !== 'undone' ||
      (packages && steps.some((step) => step.state === 'kept' && step.undo.kind === 'commands')),
  );
}

async function undoThese(
  host: Host,
  setup: UndoSetup,
  checkpoints: readonly Checkpoint[],
): Promise<Undoing> {
  const { stateDirectory, force = false, packages = false, signal } = setup;
  const log = setup.log ?? createLog();
  const lock = lockEvenWhenFull(host, stateDirectory, checkpoints);
  try {
    if (!force) respectChanges(host, checkpoints);
    log.keep(host, logPath(host, stateDirectory));
    const recorded = setup.log === undefined ? recordCommands(host, log) : host;
    const results: UndoResult[] = [];
    for (const { id, directory } of checkpoints) {
      const context = {
        host: recorded,
        tell: logged(log, setup.events),
        log,
        id,
        directory,
        force,
        packages,
      };
      results.push(await undoSteps(context, stateDirectory, signal));
    }
    return {
      ids: checkpoints.map(({ id }) => id),
      undone: results.flatMap(({ undone }) => undone),
      notUndone: results.flatMap(({ notUndone }) => notUndone),
      kept: results.flatMap(({ kept }) => kept),
      saved: results.flatMap(({ saved }) => saved),
    };
  } finally {
    log.flush();
    lock.release();
  }
}

/** The lock is a file, too: on a full disk it takes what the runs have kept in hand. */
function lockEvenWhenFull(
  host: Host,
  stateDirectory: string,
  checkpoints: readonly Checkpoint[],
): Lock {
  try {
    return takeLock(host, stateDirectory, 'undo');
  } catch (error) {
    if (!(error instanceof SetupError) || error.code !== 'unwritable') throw error;
    for (const { directory } of checkpoints) releaseReserve(host, directory);
    return takeLock(host, stateDirectory, 'undo');
  }
}

/** @throws ChangedSince where somebody else changed a file since: before anything is undone */
export function respectChanges(host: HostReader, checkpoints: readonly Checkpoint[]): void {
  const conflicts = conflictsOf(host, checkpoints);
  if (conflicts.length > 0) throw new ChangedSince(conflicts);
}

/** Plays the undo through on fingerprints. */
function conflictsOf(host: HostReader, checkpoints: readonly Checkpoint[]): readonly WriteFile[] {
  const present = new Map<string, string | null>();
  const conflicts = new Map<string, WriteFile>();
  const steps = checkpoints.flatMap((checkpoint) => checkpoint.steps.toReversed());
  for (const { change, undo, state } of steps) {
    if (undo.kind !== 'file' || change.kind !== 'write-file' || state === 'undone') continue;
    const { target, before, after } = undo;
    const there = present.has(target) ? present.get(target) : fingerprintAt(host, target);
    if (there !== after && there !== (before?.sha256 ?? null) && !conflicts.has(target)) {
      const now = host.lstat(target)?.type === 'file' ? readText(host, target) : undefined;
      conflicts.set(target, { ...change, before: change.after, after: now });
    }
    present.set(target, before?.sha256 ?? null);
  }
  return [...conflicts.values()];
}

function describeConflict({ path, before, after, secrets = [] }: WriteFile): string {
  if (after === undefined) return `${path} was removed by somebody else since we wrote it`;
  const diff = Buffer.from(redactedDiff(path, before, after, secrets), 'latin1').toString();
  return `${path} was changed by somebody else since we wrote it:\n${diff}`;
}

function nothingToUndo(): SetupError {
  return new SetupError({
    code: 'nothing-to-undo',
    message: 'there is no run to undo',
    hint: 'milter-setup undo --list shows what there is.',
  });
}

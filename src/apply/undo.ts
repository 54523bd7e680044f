/** Undo of earlier runs, from the journal alone: without the network, with a broken Postfix, after kill -9. */
import { redactedDiff } from '../edit/unified-diff.ts';
import type { Host } from '../host/host.ts';
import { readText } from '../host/host.ts';
import { SetupError } from '../host/setup-error.ts';
import type { WriteFile } from '../plan/change.ts';
import { type Checkpoint, listCheckpoints } from './checkpoint.ts';
import type { ApplyListener } from './events.ts';
import { takeLock } from './lock.ts';
import { openLog } from './log.ts';
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
  const newest = standing(host, setup).at(0);
  if (newest === undefined) throw nothingToUndo();
  return undoThese(host, setup, [newest]);
}

/**
 * Undoes all runs that stand, from the newest one back to this one, which is undone too.
 *
 * @throws SetupError `no-such-checkpoint` and those of `undoNewest`
 */
export async function undoTo(host: Host, id: string, setup: UndoSetup): Promise<Undoing> {
  const all = standing(host, setup);
  const last = all.findIndex((each) => each.id === id);
  if (last < 0) {
    throw new SetupError({
      code: 'no-such-checkpoint',
      message: `there is no run ${id} to undo`,
      hint: 'milter-setup undo --list',
    });
  }
  return undoThese(host, setup, all.slice(0, last + 1));
}

/** Runs of which something is left to undo, newest first; kept packages count where they are to be removed. */
function standing(host: Host, { stateDirectory, packages }: UndoSetup): readonly Checkpoint[] {
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
  const { stateDirectory, force = false, packages = false, events, signal } = setup;
  const lock = takeLock(host, stateDirectory, 'undo');
  try {
    const conflicts = force ? [] : conflictsOf(host, checkpoints);
    if (conflicts.length > 0) throw new ChangedSince(conflicts);
    const results: UndoResult[] = [];
    for (const { id, directory } of checkpoints) {
      const context = {
        host,
        tell: (event: Parameters<ApplyListener>[0]) => events?.(event),
        log: openLog(host, stateDirectory),
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
    lock.release();
  }
}

/** Plays the undo through on fingerprints: before anything is changed it is known whether all of it can be. */
function conflictsOf(host: Host, checkpoints: readonly Checkpoint[]): readonly WriteFile[] {
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

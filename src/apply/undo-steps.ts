/** Takes back all steps of one checkpoint in strict reverse order, and keeps its journal while doing so. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import type { Change } from '../change/change.ts';
import { releaseReserve } from './checkpoint.ts';
import { appendRecord, type JournalRecord, readJournal, type Step, stepsOf } from './journal.ts';
import { updateWritten } from './state.ts';
import { undoStep, type UndoContext } from './undo-step.ts';

export interface UndoResult {
  readonly undone: readonly Change[];
  /** What could not be undone, and why. */
  readonly notUndone: readonly { readonly change: Change; readonly error: SetupError }[];
  /** What was left on purpose: packages, directories that others use by now. */
  readonly kept: readonly { readonly change: Change; readonly reason: string }[];
  /** Where files that others had changed were saved. */
  readonly saved: readonly string[];
}

/**
 * @param signal stops between two steps
 * @throws SetupError `undo-interrupted`; what a step throws is in the result
 */
export async function undoSteps(
  context: UndoContext,
  stateDirectory: string,
  signal?: AbortSignal,
): Promise<UndoResult> {
  const { host, directory, tell } = context;
  releaseReserve(host, directory);
  // A full disk must not stop an undo: what is not noted is tried again by the next one, and harms nothing.
  const note = (record: JournalRecord): void => {
    try {
      appendRecord(host, directory, record);
    } catch (error) {
      context.log.add(`the journal could not be written: ${String(error)}`);
    }
  };
  const steps = stepsOf(readJournal(host, directory)).filter(({ state }) => state !== 'undone');
  const undone: Step[] = [];
  const notUndone: { change: Change; error: SetupError }[] = [];
  const kept: { change: Change; reason: string }[] = [];
  const saved: string[] = [];

  note({ type: 'undo-begun', at: new Date().toISOString() });
  for (const step of steps.toReversed()) {
    if (signal?.aborted) throw interrupted();
    const { change, index } = step;
    if (hasNothingToUndo(step)) {
      note({ type: 'undone', index });
      continue;
    }
    tell({ kind: 'undoing', change });
    note({ type: 'undoing', index });
    try {
      const outcome = await undoStep(context, step);
      if (outcome.kind === 'kept') {
        kept.push({ change, reason: outcome.reason });
        note({ type: 'kept', index });
        tell({ kind: 'skipped', change, reason: outcome.reason });
        continue;
      }
      if (outcome.saved !== undefined) saved.push(outcome.saved);
      undone.push(step);
      note({ type: 'undone', index });
      tell({ kind: 'undone', change });
    } catch (cause) {
      const error = asSetupError(cause, change);
      notUndone.push({ change, error });
      tell({ kind: 'not-undone', change, reason: error.message });
    }
  }
  forgetWritten(context, stateDirectory, undone);
  const outcome = notUndone.length === 0 ? 'undone' : 'partly-undone';
  note({ type: 'finished', outcome, at: new Date().toISOString() });
  return { undone: undone.map(({ change }) => change), notUndone, kept, saved };
}

/** Checks and proofs leave nothing behind. */
function hasNothingToUndo({ undo }: Step): boolean {
  return undo.kind === 'commands' && undo.commands.length === 0;
}

/** What counts as written by us is then what the run before had written. */
function forgetWritten(
  { host, log }: UndoContext,
  stateDirectory: string,
  undone: readonly Step[],
): void {
  const news = new Map<string, string | null>();
  for (const { change, undo } of undone) {
    if (change.kind === 'write-file' && undo.kind === 'file') news.set(change.path, undo.written);
  }
  try {
    updateWritten(host, stateDirectory, news);
  } catch (error) {
    log.add(`the record of written files could not be brought up to date: ${String(error)}`);
  }
}

export function asSetupError(error: unknown, change: Change): SetupError {
  if (error instanceof SetupError) return error;
  const said = error instanceof Error ? error.message : String(error);
  return new SetupError({
    code: 'change-failed',
    message: `${change.title}: ${said}`,
    cause: error,
  });
}

function interrupted(): SetupError {
  return new SetupError({
    code: 'undo-interrupted',
    message: 'interrupted before everything was undone',
    hint: 'milter-setup undo',
    exitCode: EXIT.notUndone,
  });
}

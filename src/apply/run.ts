/** One run that changes a host: it holds the lock, keeps the journal, and can take back all that it did. */
import type { Host } from '../host/host.ts';
import { EXIT, SetupError } from '../host/setup-error.ts';
import type { Change, Command, MakeDirectory, RunCommands, WriteFile } from '../change/change.ts';
import { cancelled, performChange } from './perform-change.ts';
import { listCheckpoints, makeCheckpoint, pruneCheckpoints } from './checkpoint.ts';
import type { ApplyListener } from './events.ts';
import { appendRecord, readJournal, stepsOf, type Undo } from './journal.ts';
import { type Lock, takeLock } from './lock.ts';
import { createLog, logged, logPath, type RunLog } from './log.ts';
import { recordCommands } from './recorded-host.ts';
import { anyExists } from '../host/any-exists.ts';
import { lastWritten, updateWritten } from './state.ts';
import { asSetupError, type UndoResult, undoSteps } from './undo-steps.ts';

export interface RunSetup {
  /** Where the journal is kept: a path on the host. */
  readonly stateDirectory: string;
  /** What is asked for, e.g. `add`: for the lock, the checkpoint's name and `undo --list`. */
  readonly verb: string;
  /** The program's version, for the journal. */
  readonly version?: string;
  readonly events?: ApplyListener;
  /** Of the whole program: it has the host's commands already. Where not given the run has a log of its own. */
  readonly log?: RunLog;
  /** The first Ctrl-C: the command that runs may end, then `apply` rejects with `cancelled`. */
  readonly signal?: AbortSignal;
}

/** A change whose requirement was not met. */
export interface SkippedChange {
  readonly change: Change;
  /** What is missing. */
  readonly reason: string;
  /** The command that finishes the setup later. */
  readonly finish: string;
}

export interface RollBackOptions {
  /** Take back installed packages too; so it is where not given. */
  readonly packages?: boolean;
  /** The second Ctrl-C: stops undoing between two steps. */
  readonly signal?: AbortSignal;
}

/**
 * Takes the host's lock until `finish` or `rollBack`.
 *
 * @throws SetupError `locked` (exit code 5), `unfinished-run`
 */
export function beginRun(host: Host, setup: RunSetup): Run {
  const { stateDirectory, verb } = setup;
  const lock = takeLock(host, stateDirectory, verb);
  try {
    const dead = listCheckpoints(host, stateDirectory).find(({ state }) => state === 'unfinished');
    if (dead !== undefined) throw unfinished(dead.verb, dead.at);
    return new Run(host, setup, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

export class Run {
  readonly #host: Host;
  readonly #setup: RunSetup;
  readonly #lock: Lock;
  readonly #log: RunLog;
  readonly #tell: ApplyListener;
  readonly #skipped: SkippedChange[] = [];
  readonly #remaining: Command[] = [];
  readonly #there: Change[] = [];
  readonly #waiting: string[] = [];
  #checkpoint: { readonly id: string; readonly directory: string } | undefined;
  #steps = 0;
  #ended = false;

  /** Use `beginRun`. */
  constructor(host: Host, setup: RunSetup, lock: Lock) {
    this.#log = setup.log ?? createLog();
    this.#host = setup.log === undefined ? recordCommands(host, this.#log) : host;
    this.#setup = setup;
    this.#tell = logged(this.#log, setup.events);
    this.#lock = lock;
  }

  /** The checkpoint's name for `undo --to`; undefined as long as nothing was changed. */
  get id(): string | undefined {
    return this.#checkpoint?.id;
  }

  /** The log of the run, once something was done or failed. */
  get logPath(): string | undefined {
    return this.#log.path;
  }

  get skipped(): readonly SkippedChange[] {
    return this.#skipped;
  }

  /** On a host where nothing runs: the commands to run there, in order. */
  get remaining(): readonly Command[] {
    return this.#remaining;
  }

  /** On a host where nothing runs: the files that its packages have yet to bring. */
  get waiting(): readonly string[] {
    return this.#waiting;
  }

  postpone(files: readonly WriteFile[]): void {
    this.#waiting.push(...files.map(({ path }) => path));
  }

  /** On a host where nothing runs: every change in order, also those of files, which were made in its tree only. */
  get there(): readonly Change[] {
    return this.#there;
  }

  /**
   * Carries out the changes in order. May be called again: what the packages bring is planned after them.
   *
   * @throws SetupError `change-failed`, `changed-meanwhile`, `cancelled` (exit code 130) and others. What was done stays
   *   until `rollBack`.
   */
  async apply(changes: readonly Change[]): Promise<void> {
    const provisional = changes.find((each) => each.kind === 'write-file' && each.comesWith);
    if (provisional?.kind === 'write-file') throw provisionalFile(provisional.path);
    for (const change of changes) {
      if (this.#setup.signal?.aborted) throw cancelled();
      await this.#applyOne(change);
    }
  }

  /** Takes back everything that this run did, in strict reverse order, and ends it. Nothing once it has ended. */
  async rollBack(options: RollBackOptions = {}): Promise<UndoResult> {
    if (this.#ended) return NOTHING_UNDONE;
    this.#keepLog();
    try {
      if (this.#checkpoint === undefined) return NOTHING_UNDONE;
      const context = {
        host: this.#host,
        tell: this.#tell,
        log: this.#log,
        ...this.#checkpoint,
        force: false,
        packages: options.packages ?? true,
      };
      return await undoSteps(context, this.#setup.stateDirectory, options.signal);
    } finally {
      this.#end();
    }
  }

  /** Ends the run: it can be undone from now on, and what it wrote counts as ours. */
  finish(): void {
    const host = this.#host;
    const { stateDirectory } = this.#setup;
    if (this.#checkpoint !== undefined) {
      const { directory } = this.#checkpoint;
      const news = new Map<string, string | null>();
      for (const { change, undo } of stepsOf(readJournal(host, directory))) {
        if (change.kind === 'write-file' && undo.kind === 'file') news.set(change.path, undo.after);
      }
      updateWritten(host, stateDirectory, news);
      const at = new Date().toISOString();
      appendRecord(host, directory, { type: 'finished', outcome: 'applied', at });
    }
    this.#log.add(`applied; to take it back: milter-setup undo`);
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    try {
      pruneCheckpoints(this.#host, this.#setup.stateDirectory);
    } catch (error) {
      this.#log.add(`old checkpoints could not be removed: ${String(error)}`);
    }
    this.#log.flush();
    this.#lock.release();
  }

  async #applyOne(change: Change): Promise<void> {
    if (!this.#host.runs) this.#there.push(change);
    if (!this.#host.runs && (isCommands(change) || isVolatile(change))) {
      // Whether a requirement is met shows on that host, after the commands before this one.
      if (isCommands(change)) this.#remaining.push(...change.commands);
      else this.#remaining.push(madeThere(change));
      this.#tell({ kind: 'skipped', change, reason: 'to be run on that host' });
      return;
    }
    if (change.requires && !anyExists(this.#host, change.requires.anyOf)) {
      const { requires, ...always } = change;
      const { otherwise: reason, finish, instead } = requires;
      this.#skipped.push({ change, reason, finish });
      this.#tell({ kind: 'skipped', change, reason });
      if (!isCommands(always) || instead === undefined) return;
      // What keeps the host safe until then: a milter without signatures must not defer all mail.
      const title = `until then: ${instead.commands.map(({ argv }) => argv.join(' ')).join(', ')}`;
      await this.#applyOne({ ...always, title, ...instead });
      return;
    }
    this.#tell({ kind: 'started', change });
    let index: number | undefined;
    try {
      await performChange(
        {
          host: this.#host,
          tell: this.#tell,
          log: this.#log,
          signal: this.#setup.signal,
          original: () => this.#original(),
          intend: (undo) => (index = this.#intend(change, undo)),
          written: (path) => lastWritten(this.#host, this.#setup.stateDirectory, path) ?? null,
          leave: (command) => this.#remaining.push(command),
        },
        change,
      );
      if (index !== undefined) appendRecord(this.#host, this.#directory(), { type: 'done', index });
      this.#tell({ kind: 'done', change });
    } catch (cause) {
      const error = inChange(asSetupError(cause, change), change);
      this.#tell({ kind: 'failed', change, message: error.message });
      throw error;
    }
  }

  #keepLog(): void {
    this.#log.keep(this.#host, logPath(this.#host, this.#setup.stateDirectory));
  }

  #original(): { readonly path: string; readonly name: string } {
    const name = String(this.#steps);
    return { path: `${this.#directory()}/originals/${name}`, name };
  }

  #intend(change: Change, undo: Undo): number {
    const index = this.#steps++;
    const at = new Date().toISOString();
    appendRecord(this.#host, this.#directory(), { type: 'intend', index, at, change, undo });
    return index;
  }

  /** Made only when there is something to note: runs that change nothing leave nothing. */
  #directory(): string {
    if (this.#checkpoint === undefined) {
      this.#keepLog();
      const { stateDirectory, verb, version = 'unknown' } = this.#setup;
      this.#checkpoint = makeCheckpoint(this.#host, stateDirectory, verb);
      appendRecord(this.#host, this.#checkpoint.directory, {
        type: 'begin',
        schema: 1,
        version,
        verb,
        host: this.#host.read('/etc/hostname')?.toString('latin1').trim() ?? '',
        at: new Date().toISOString(),
      });
    }
    return this.#checkpoint.directory;
  }
}

const NOTHING_UNDONE: UndoResult = { undone: [], notUndone: [], kept: [], saved: [] };

function isCommands(change: Change): change is RunCommands {
  return change.kind !== 'write-file' && change.kind !== 'make-directory';
}

/** A directory below /run is made there at each boot; in a tree /var/run may be missing because it is a link. */
function isVolatile(change: Change): change is MakeDirectory {
  return change.kind === 'make-directory' && /^(?:\/var)?\/run\//.test(change.path);
}

function madeThere({ path, mode, owner }: MakeDirectory): Command {
  const { user, group } = owner;
  return { argv: ['install', '-d', '-m', mode.toString(8), '-o', user, '-g', group, path] };
}

/** Errors of the host name a path; say which change they stopped. */
function inChange(error: SetupError, change: Change): SetupError {
  const clear = ['change-failed', 'changed-meanwhile', 'cancelled'].includes(error.code);
  if (clear) return error;
  const { message, hint, exitCode } = error;
  return new SetupError({
    code: 'change-failed',
    message: `${change.title}: ${message}`,
    ...(hint !== undefined && { hint }),
    exitCode,
    cause: error,
  });
}

function provisionalFile(path: string): SetupError {
  return new SetupError({
    code: 'provisional-change',
    message: `${path} comes with a package: the change of it can only be shown before that is installed`,
    hint: 'Make the plan again after the packages are installed.',
  });
}

function unfinished(verb: string, at: string): SetupError {
  return new SetupError({
    code: 'unfinished-run',
    message: `a run of milter-setup ${verb}, begun ${at}, did not end: it was killed, or the machine went down`,
    hint: 'Take back what it did with: milter-setup undo',
    exitCode: EXIT.failed,
  });
}

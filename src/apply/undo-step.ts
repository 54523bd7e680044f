/** Takes back one step of a run, whether it happened or only began. Doing it twice does no harm. */
import { groupNamed, groupsOf, userNamed } from '../host/accounts.ts';
import { temporaryBeside } from '../host/files.ts';
import { readText, type FileStat, type Host, type HostReader } from '../host/host.ts';
import { SetupError } from '../host/setup-error.ts';
import type { Change } from '../change/change.ts';
import { commandFailed, type Executor, runCommand } from './commands.ts';
import type { CommandsUndo, DirectoryUndo, FileFacts, FileUndo, Step } from './journal.ts';
import { fingerprint } from './state.ts';

export interface UndoContext extends Executor {
  /** The checkpoint's name and directory. */
  readonly id: string;
  readonly directory: string;
  /** Put files back even where somebody else changed them since; theirs is saved beside. */
  readonly force: boolean;
  /** Take installed packages away, too. */
  readonly packages: boolean;
}

export type StepOutcome =
  | { readonly kind: 'undone'; readonly saved?: string }
  | { readonly kind: 'kept'; readonly reason: string };

/** @throws SetupError where it could not be undone */
export async function undoStep(context: UndoContext, step: Step): Promise<StepOutcome> {
  switch (step.undo.kind) {
    case 'file':
      return undoFile(context, step.undo);
    case 'directory':
      return undoDirectory(context.host, step.undo);
    case 'commands':
      return undoCommands(context, step, step.undo);
  }
}

/** SHA-256 of the file at a resolved path; null where there is nothing, 'no file' where it is something else. */
export function fingerprintAt(host: HostReader, target: string): string | null {
  const stat = host.lstat(target);
  if (stat === undefined) return null;
  return stat.type === 'file' ? fingerprint(host.read(target) ?? '') : 'no file';
}

function undoFile(context: UndoContext, undo: FileUndo): StepOutcome {
  const { host, id, force } = context;
  const { target, before, after } = undo;
  if (host.lstat(temporaryBeside(target))) host.removeFile(temporaryBeside(target));
  const present = fingerprintAt(host, target);
  const isOurs = present === after || present === (before?.sha256 ?? null);
  if (!isOurs && !force) {
    throw new SetupError({
      code: 'changed-since',
      message: `${target} was changed by somebody else since`,
      hint: `milter-setup undo --to ${id} --force`,
    });
  }
  const saved = isOurs || present === null ? undefined : `${target}.milter-setup-${id}`;
  if (saved !== undefined) host.copy(target, saved);
  if (before === null) {
    if (present !== null) host.removeFile(target);
  } else if (!isSame(host, target, present, before)) {
    host.copy(originalOf(context, undo, before), target);
  }
  return { kind: 'undone', ...(saved !== undefined && { saved }) };
}

function isSame(host: Host, target: string, present: string | null, before: FileFacts): boolean {
  const stat = host.lstat(target);
  return (
    present === before.sha256 &&
    stat?.mode === before.mode &&
    stat.uid === before.uid &&
    stat.gid === before.gid &&
    stat.mtimeMs === before.mtimeMs
  );
}

function originalOf({ host, directory }: UndoContext, undo: FileUndo, before: FileFacts): string {
  const path = `${directory}/originals/${undo.original ?? ''}`;
  if (fingerprintAt(host, path) === before.sha256) return path;
  throw new SetupError({
    code: 'original-lost',
    message: `${path}, the copy of ${undo.target} as it was, is lost or damaged`,
    hint: `Take ${undo.target} from a backup.`,
  });
}

function undoDirectory(host: Host, { target, before }: DirectoryUndo): StepOutcome {
  const there = host.stat(target);
  if (there === undefined) return { kind: 'undone' };
  if (before !== null) {
    host.setOwner(target, before);
    host.setMode(target, before.mode);
    return { kind: 'undone' };
  }
  const left = pathsBelow(host, target);
  if (!left.every((path) => isOfDaemon(host, path, there))) {
    return { kind: 'kept', reason: `${target} is not empty` };
  }
  // Its daemon was stopped before: one that was killed, or failed to start, has left them.
  for (const path of left) {
    if (host.lstat(path)?.type === 'directory') host.removeDirectory(path);
    else host.removeFile(path);
  }
  host.removeDirectory(target);
  return { kind: 'undone' };
}

/**
 * A socket, a directory that the owner made for itself alone (the manager's, for its metrics), or a file that a daemon
 * without privileges wrote into its own directory (its history).
 */
function isOfDaemon(host: HostReader, path: string, parent: FileStat): boolean {
  const stat = host.lstat(path);
  if (stat?.type === 'directory') return stat.mode === 0o700 && stat.uid === parent.uid;
  if (stat?.type === 'file') return stat.uid === parent.uid && parent.uid !== 0;
  return stat?.type === 'socket';
}

/** What a directory holds before the directory itself. */
function pathsBelow(host: HostReader, directory: string): readonly string[] {
  return host.list(directory).flatMap((name) => {
    const path = `${directory}/${name}`;
    return host.lstat(path)?.type === 'directory' ? [...pathsBelow(host, path), path] : [path];
  });
}

/** The file that holds on to what the step made; undefined where none does. */
function userOf(host: HostReader, change: Change): string | undefined {
  const kept = change.kind === 'run' ? change.keptWhile : undefined;
  return kept?.in.find((path) => readText(host, path)?.includes(kept.text));
}

/** Whether somebody has removed the account, or ended the membership, since: then nothing is left to take back. */
function isGone(host: HostReader, change: Change): boolean {
  switch (change.kind) {
    case 'create-user':
      return userNamed(host, change.user) === undefined;
    case 'create-group':
      return groupNamed(host, change.group) === undefined;
    case 'join-group':
      return !groupsOf(host, change.user).includes(change.group);
    case 'install-packages':
    case 'service':
    case 'check':
    case 'prove':
    case 'prove-asked':
    case 'run':
    case 'write-file':
    case 'make-directory':
      return false;
  }
}

/** Why the step's commands are not to be taken back; undefined where they are. */
export function reasonToKeep(
  host: HostReader,
  { change }: Step,
  undo: CommandsUndo,
  packages: boolean,
): string | undefined {
  if (undo.commands.length === 0 || isGone(host, change)) return undefined;
  if (undo.packages && !packages) return 'packages stay; --packages removes them';
  const user = userOf(host, change);
  return user === undefined ? undefined : `${user} uses it`;
}

/** All commands are tried. Of a step that may not have happened, or whose undo may have, failures prove nothing. */
async function undoCommands(
  context: UndoContext,
  step: Step,
  undo: CommandsUndo,
): Promise<StepOutcome> {
  const reason = reasonToKeep(context.host, step, undo, context.packages);
  if (reason !== undefined) return { kind: 'kept', reason };
  if (isGone(context.host, step.change)) return { kind: 'undone' };
  const uncertain = step.state === 'intended' || step.undoTried;
  let failure: SetupError | undefined;
  for (const command of undo.commands) {
    const result = await runCommand(context, step.change, command);
    if (result.exitCode === 0) continue;
    const failed = commandFailed(step.change, result, context.log);
    if (!uncertain && command.tolerated === undefined) failure ??= failed;
    else context.tell({ kind: 'warned', change: step.change, message: failed.message });
  }
  if (failure !== undefined) throw failure;
  return { kind: 'undone' };
}

/** Carries out one change: looks whether the host is still as planned, notes how to take it back, then does it. */
import { groupNamed, userNamed } from '../host/accounts.ts';
import type { FileStat, Host, Ownership } from '../host/host.ts';
import { readText } from '../host/host.ts';
import { EXIT, SetupError } from '../host/setup-error.ts';
import type {
  Change,
  Command,
  MakeDirectory,
  Owner,
  ProveAsked,
  RunCommands,
  WriteFile,
} from '../change/change.ts';
import { commandFailed, type Executor, runCommand } from './commands.ts';
import type { FileFacts, Undo } from './journal.ts';
import { proveAsked } from './prove-asked.ts';
import { fingerprint } from './state.ts';

export interface ChangeContext extends Executor {
  /** Where a copy of the file that is there now is to be kept: a host's path, and its name in the checkpoint. */
  original(): { readonly path: string; readonly name: string };
  /** Writes the way back into the journal. Nothing may be changed before it returns. */
  intend(undo: Undo): void;
  /** What our last run wrote into a path. */
  written(path: string): string | null;
  /** What cannot be done on this host and is left to its owner. */
  leave(command: Command): void;
}

/** Of a command that is not there. A file that nobody could check is written all the same. */
const NOT_FOUND = 127;

/** @throws SetupError `changed-meanwhile`, `change-failed`, `cancelled` and whatever the host throws */
export async function performChange(context: ChangeContext, change: Change): Promise<void> {
  switch (change.kind) {
    case 'write-file':
      writeFile(context, change);
      return;
    case 'make-directory':
      makeDirectory(context, change);
      return;
    case 'install-packages':
    case 'create-group':
    case 'create-user':
    case 'join-group':
    case 'service':
    case 'check':
    case 'prove':
    case 'run':
      return runCommands(context, change);
    case 'prove-asked':
      return provePostfix(context, change);
  }
}

/** Nothing to take back: a failure is what takes back all before it. Where nothing was seen, it is no proof. */
async function provePostfix(context: ChangeContext, change: ProveAsked): Promise<void> {
  context.intend({ kind: 'commands', commands: [], packages: false });
  const began = performance.now();
  const { asked, unseen } = await proveAsked(context.host, change);
  if (asked.length === 0) {
    const message = `not seen that Postfix asks the manager: ${unseen.join('; ') || 'no port should'}`;
    context.tell({ kind: 'warned', change, message });
    return;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(3);
  const lines = [
    'status: pass',
    `elapsed-time: ${seconds} seconds`,
    `asks: ${asked.join(', ')}`,
    ...unseen.map((each) => `unseen: ${each}`),
  ];
  context.tell({ kind: 'output', change, text: `${lines.join('\n')}\n` });
}

function writeFile(context: ChangeContext, change: WriteFile): void {
  const { host } = context;
  const target = host.landing(change.path);
  const there = readText(host, target);
  if (there !== change.before) throw changedMeanwhile(change.path);
  const stat = host.stat(target);
  const owner = ownership(context, change.owner, change.path);
  if (there === change.after && isAs(stat, change.mode, owner)) return;

  const original = there === undefined ? undefined : context.original();
  if (original !== undefined) host.copy(target, original.path);
  context.intend({
    kind: 'file',
    target,
    before: stat && there !== undefined ? factsOf(stat, there) : null,
    after: change.after === undefined ? null : fingerprint(change.after),
    original: original?.name ?? null,
    written: context.written(change.path),
  });
  if (change.after === undefined) host.removeFile(target);
  else {
    host.write(target, Buffer.from(change.after, 'latin1'), {
      ...(change.mode !== undefined && { mode: change.mode }),
      ...(owner !== undefined && { owner }),
    });
  }
}

function makeDirectory(context: ChangeContext, change: MakeDirectory): void {
  const { host } = context;
  const target = host.landing(change.path);
  const stat = host.stat(target);
  const owner = ownership(context, change.owner, change.path);
  if (stat !== undefined && isAs(stat, change.mode, owner)) return;
  if (stat !== undefined && stat.type !== 'directory') {
    throw new SetupError({ code: 'changed-meanwhile', message: `${target} is not a directory` });
  }
  const before = stat ? { mode: stat.mode, uid: stat.uid, gid: stat.gid } : null;
  context.intend({ kind: 'directory', target, before });
  if (stat === undefined) {
    host.makeDirectory(target, change.mode, owner);
    return;
  }
  if (owner !== undefined) host.setOwner(target, owner);
  host.setMode(target, change.mode);
}

async function runCommands(context: ChangeContext, change: RunCommands): Promise<void> {
  const packages = change.kind === 'install-packages';
  context.intend({ kind: 'commands', commands: change.undo, packages });
  for (const command of change.commands) {
    if (context.signal?.aborted) throw cancelled();
    const result = await runCommand(context, change, command);
    if (result.exitCode === 0) continue;
    if (context.signal?.aborted) throw cancelled();
    const failure = commandFailed(change, result, context.log);
    if (change.kind === 'check' && result.exitCode === NOT_FOUND) {
      const message = `not checked: there is no ${command.argv[0]}`;
      context.tell({ kind: 'warned', change, message });
      continue;
    }
    const { meanings = {}, tolerated } = command;
    const meaning = result.exitCode in meanings ? meanings[result.exitCode] : tolerated;
    if (meaning !== undefined) {
      context.tell({ kind: 'warned', change, message: `${meaning}\n${failure.message}` });
    } else if (!(result.exitCode in meanings)) throw failure;
  }
}

function isAs(stat: FileStat | undefined, mode?: number, owner?: Ownership): boolean {
  return (
    stat === undefined ||
    ((mode === undefined || stat.mode === mode) &&
      (owner === undefined || (stat.uid === owner.uid && stat.gid === owner.gid)))
  );
}

function factsOf({ mode, uid, gid, mtimeMs }: FileStat, text: string): FileFacts {
  return { mode, uid, gid, mtimeMs, sha256: fingerprint(text) };
}

/** On a host where nothing runs its new users do not exist yet: whoever runs the commands there gives the file to them. */
function ownership(
  context: ChangeContext,
  owner: Owner | undefined,
  path: string,
): Ownership | undefined {
  if (owner === undefined) return undefined;
  const uid = numberOfUser(context.host, owner.user);
  const gid = numberOfGroup(context.host, owner.group);
  if (uid !== undefined && gid !== undefined) return { uid, gid };
  if (!context.host.runs) {
    context.leave({ argv: ['chown', `${owner.user}:${owner.group}`, path] });
    return undefined;
  }
  const missing = uid === undefined ? `user ${owner.user}` : `group ${owner.group}`;
  throw new SetupError({
    code: 'no-such-account',
    message: `there is no ${missing}, who is to own ${path}`,
    hint: 'Look at /etc/passwd and /etc/group: the package that brings the account may be missing.',
  });
}

function numberOfUser(host: Host, name: string): number | undefined {
  return name === 'root' ? 0 : userNamed(host, name)?.uid;
}

function numberOfGroup(host: Host, name: string): number | undefined {
  return name === 'root' || name === 'wheel' ? 0 : groupNamed(host, name)?.gid;
}

function changedMeanwhile(path: string): SetupError {
  return new SetupError({
    code: 'changed-meanwhile',
    message: `${path} was changed by somebody else after the plan was made`,
    hint: 'Run again: the new plan starts from what is there now.',
  });
}

export function cancelled(): SetupError {
  return new SetupError({
    code: 'cancelled',
    message: 'interrupted',
    exitCode: EXIT.cancelled,
  });
}

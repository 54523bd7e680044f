/** A change is data: what to do, why, and how to take it back. The same objects are shown, journalled and executed. */

/** The order in which a plan is carried out. */
export const PHASES = [
  'packages',
  'accounts',
  'directories',
  'files',
  'checks',
  'services',
  'proof',
  'mta',
] as const;
export type Phase = (typeof PHASES)[number];

/** One command: an argument vector, never a shell string. */
export interface Command {
  readonly argv: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Seconds after which it is killed and counts as failed; 600 where not given. */
  readonly timeout?: number;
  /** Run once more where its time was up: starts hang now and then (clamav-milter's, after clamd was restarted). */
  readonly again?: true;
  /** Tried again, once a second, until it succeeds or so many seconds have passed. */
  readonly patience?: number;
  /**
   * Run as the user who can write into this directory, or into one above it, where that is not root alone: nothing
   * that is planted there can then be changed with root's rights.
   */
  readonly asHolderOf?: string;
  /** It is run only where this one succeeds: a reload, where the service runs. */
  readonly onlyIf?: readonly string[];
  /** Its failure is a warning with this text, not an error. */
  readonly tolerated?: string;
  /** Exit codes that mean something of their own: a warning with this text, or nothing to tell. */
  readonly meanings?: Readonly<Record<number, string | undefined>>;
}

/** A condition on the host, looked at just before the change; unmet, the change is skipped and the run ends incomplete. */
export interface Requirement {
  /** Paths of which one must exist; the last component may hold `*`. */
  readonly anyOf: readonly string[];
  /** What is missing, for the summary. */
  readonly otherwise: string;
  /** The command that finishes the setup later. */
  readonly finish: string;
  /** Done in place of the change where nothing of `anyOf` exists. */
  readonly instead?: { readonly commands: readonly Command[]; readonly undo: readonly Command[] };
}

interface Described {
  readonly phase: Phase;
  readonly title: string;
  /** Why, in plain words; from the install documents where they say it. */
  readonly why: string;
  readonly requires?: Requirement;
}

/** User and group by name; the numbers are looked up on the host when the change is made. */
export interface Owner {
  readonly user: string;
  readonly group: string;
}

/** Writes, creates (`before` undefined) or removes (`after` undefined) one file. Texts are latin1: a character a byte. */
export interface WriteFile extends Described {
  readonly kind: 'write-file';
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Where not given, those of the file that is there, or 0644 root. */
  readonly mode?: number;
  readonly owner?: Owner;
  /** The package that brings the file on a fresh host: then `after` shows only our settings and is never written. */
  readonly comesWith?: string;
  /** Values of these keys are not shown. */
  readonly secrets?: readonly string[];
  /** Shown in place of the diff: for a program. */
  readonly summary?: string;
}

/** Makes a directory, or gives an existing one this owner and mode. */
export interface MakeDirectory extends Described {
  readonly kind: 'make-directory';
  readonly path: string;
  readonly mode: number;
  readonly owner: Owner;
}

/** Commands whose effect the host keeps, with the commands that take it back. */
interface Commanded extends Described {
  readonly commands: readonly Command[];
  /** Run in this order; empty where there is nothing to take back. */
  readonly undo: readonly Command[];
}

export interface InstallPackages extends Commanded {
  readonly kind: 'install-packages';
  readonly packages: readonly string[];
}

export interface CreateGroup extends Commanded {
  readonly kind: 'create-group';
  readonly group: string;
}

export interface CreateUser extends Commanded {
  readonly kind: 'create-user';
  readonly user: string;
}

export interface JoinGroup extends Commanded {
  readonly kind: 'join-group';
  readonly user: string;
  readonly group: string;
}

export type ServiceAction = 'enable' | 'disable' | 'start' | 'stop' | 'restart' | 'reload';

export interface ChangeService extends Commanded {
  readonly kind: 'service';
  readonly service: string;
  readonly action: ServiceAction;
}

/** Has the program that reads it look at a configuration. */
export interface CheckConfiguration extends Commanded {
  readonly kind: 'check';
  /** The file, or the service. */
  readonly of: string;
}

/** A test mail through a milter or the manager. */
export interface Prove extends Commanded {
  readonly kind: 'prove';
  /** Where it is asked. */
  readonly spec: string;
  /** Which milter (or the manager) gets which mail, in words that a verdict can follow. */
  readonly proves: { readonly who: string; readonly mail: string };
}

/** A session with each smtpd that should ask the manager; the manager's kept mails say whether it was asked. */
export interface ProveAsked extends Commanded {
  readonly kind: 'prove-asked';
  readonly postfixDirectory: string;
  /** Where the manager listens. */
  readonly spec: string;
  /** Where it tells its counters. */
  readonly statusSpec: string;
  /** Where it keeps the mails of late. */
  readonly historyDirectory: string;
}

/** Anything else. */
export interface RunOthers extends Commanded {
  readonly kind: 'run';
  /** Packages that it takes away. */
  readonly packages?: readonly string[];
  /** Not undone while one of these files holds this text: somebody uses by then what the commands made. */
  readonly keptWhile?: { readonly text: string; readonly in: readonly string[] };
}

export type RunCommands =
  | InstallPackages
  | CreateGroup
  | CreateUser
  | JoinGroup
  | ChangeService
  | CheckConfiguration
  | Prove
  | ProveAsked
  | RunOthers;

export type Change = WriteFile | MakeDirectory | RunCommands;

/** What commands are about: packages, accounts, a service, for summaries and `--json`. */
export function subjectsOf(change: RunCommands): readonly string[] {
  switch (change.kind) {
    case 'install-packages':
      return change.packages;
    case 'create-group':
      return [change.group];
    case 'create-user':
      return [change.user];
    case 'join-group':
      return [change.user, change.group];
    case 'service':
      return [change.service];
    case 'check':
      return [change.of];
    case 'prove':
    case 'prove-asked':
      return [change.spec];
    case 'run':
      return change.packages ?? [];
  }
}

/** Whether it does nothing now, and something when it is taken back. */
export function isForUndoOnly(change: Change): boolean {
  return 'commands' in change && change.kind !== 'prove-asked' && change.commands.length === 0;
}

/** What a run intends to do, in order. */
export interface Plan {
  readonly changes: readonly Change[];
  /** Things to know that change nothing: kept settings, entries moved behind the manager, per-service overrides. */
  readonly notes: readonly string[];
}

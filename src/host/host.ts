/**
 * The only way to touch the machine. `real.ts` is this machine, `tree.ts` a directory that holds a host's files
 * (`--root`, tests, the demo), `memory.ts` a host made of data. Paths are the host's own absolute paths.
 */

export interface FileStat {
  readonly type: 'file' | 'directory' | 'symlink' | 'socket' | 'other';
  /** Permission bits, e.g. 0o644. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  readonly mtimeMs: number;
}

/** What detection and the daemon may use: it reads files and nothing else. */
export interface HostReader {
  /** The file's bytes, following symlinks; undefined where there is none. @throws SetupError `unreadable` */
  read(path: string): Buffer | undefined;
  /** Follows symlinks; undefined where there is nothing (or a dangling link). */
  stat(path: string): FileStat | undefined;
  /** Does not follow a final symlink. */
  lstat(path: string): FileStat | undefined;
  readLink(path: string): string | undefined;
  /** Names in a directory, sorted; empty where there is none. */
  list(path: string): readonly string[];
  /** What this user may not read, as far as it was tried: it counts as absent. Not given where all can be read. */
  readonly unread?: ReadonlySet<string>;
}

export interface Ownership {
  readonly uid: number;
  readonly gid: number;
}

export interface RunOptions {
  /** Milliseconds after which the command is killed. */
  readonly timeout?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Run as this user with this group and no other; not so in a tree, whose commands are stand-ins. */
  readonly as?: Ownership | undefined;
  /** Called with each piece of output as it comes. */
  readonly onOutput?: (text: string) => void;
}

export interface RunResult {
  readonly argv: readonly string[];
  /** 127 where the command does not exist, 124 where the time was up. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Host extends HostReader {
  /** Whether commands can run here; on a tree they are printed instead. */
  readonly runs: boolean;
  /** Whether we may change the host: root on a real one, always on a tree. */
  readonly writable: boolean;
  /** The directory that stands for the host's root; not given for this machine. */
  readonly root?: string;
  /**
   * Where a change of the path lands: its links followed. Every change below goes there in the same way: a link that
   * another user than root could have planted is never followed (`safe-way.ts`). @throws SetupError `planted-link`
   */
  landing(path: string): string;
  /**
   * Who can plant things on the way to a directory, so that commands that work in it are run as they; undefined where
   * root alone can. @throws SetupError `planted-link`, `shared-directory`
   */
  holderOf(path: string): Ownership | undefined;
  /**
   * Writes a temporary file in the same directory, syncs it, gives it owner and mode (those of the file that it
   * replaces where not given; ACLs and labels too), and renames it. A symlink is followed to its target.
   */
  write(path: string, bytes: Buffer, as?: { mode?: number; owner?: Ownership }): void;
  /** A faithful copy of a file, put in place at once: bytes, owner, mode, times, ACLs, labels. Links are followed. */
  copy(from: string, to: string): void;
  /** Adds to the end of a file, made with mode 0600 where there is none, and syncs it; all of it or nothing. */
  append(path: string, bytes: Buffer): void;
  /** Makes a file, whole or not at all; false where something of that name is there already. */
  create(path: string, bytes: Buffer, mode: number): boolean;
  /** One directory, ours where no owner is given; its parent must exist. */
  makeDirectory(path: string, mode: number, owner?: Ownership): void;
  setMode(path: string, mode: number): void;
  setOwner(path: string, owner: Ownership): void;
  removeFile(path: string): void;
  removeDirectory(path: string): void;
  /** Runs argv without a shell, away from the terminal's signals, standard input empty. Never throws on exit codes. */
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
}

/** A host's text, one character a byte (latin1): edits of it keep every byte that they do not own. */
export function readText(host: HostReader, path: string): string | undefined {
  return host.read(path)?.toString('latin1');
}

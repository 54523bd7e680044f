/** What a verb gets to work with, and what it gives back. */
import type { Host } from '../host/host.ts';
import type { PlatformName } from '../platforms/platform.ts';
import type { GivenAnswers } from '../questions/answers.ts';
import type { Ui } from '../ui/ui.ts';

/** Options that may stand before or after any verb. */
export interface GlobalOptions {
  /** The host is this directory: files are changed in it, commands are printed. */
  readonly root?: string;
  /** Overrides what the host's files say. */
  readonly platform?: PlatformName;
  /** A directory that overrides files of `templates/`. */
  readonly templates?: string;
  readonly dryRun: boolean;
  /** Take defaults and confirm. */
  readonly yes: boolean;
  /** Never ask. */
  readonly noInput: boolean;
  readonly json: boolean;
  /** Overwrite files that somebody changed since our last run. */
  readonly force: boolean;
  /** Where the answers are written to; the file of `--answers` is in `given`. */
  readonly saveAnswers?: string;
  readonly verbose: boolean;
}

export interface CommandContext {
  /** This machine, or the tree of `--root`. */
  readonly host: Host;
  readonly options: GlobalOptions;
  /** The verb's name; empty for the wizard. */
  readonly verb: string;
  /** What stands after the verb: names of milters, a shell, a topic. */
  readonly arguments: readonly string[];
  /** The verb's own options, by name in camel case: true, or the text given. */
  readonly verbOptions: Readonly<Record<string, string | true>>;
  readonly given: GivenAnswers;
  readonly ui: Ui;
  /** Aborted by the first Ctrl-C or SIGTERM: finish the current step, undo, leave. */
  readonly signal: AbortSignal;
  /** Aborted by the second: stop undoing, too. */
  readonly urgentSignal: AbortSignal;
}

/** @returns the exit code. @throws SetupError */
export type RunCommand = (context: CommandContext) => Promise<number>;

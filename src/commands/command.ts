/** What a verb gets to work with, and what it gives back. */
import type { RunLog } from '../apply/log.ts';
import type { Host } from '../host/host.ts';
import { PLATFORMS, type PlatformName } from '../platforms/platforms.ts';
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
  /** Postfix may take the place of another mail server, whose packages its own remove. */
  readonly replaceMta: boolean;
  /** Where the answers are written to; the file of `--answers` is in `given`. */
  readonly saveAnswers?: string;
  readonly verbose: boolean;
  /** Only what went wrong, warnings and results. */
  readonly quiet: boolean;
  /** Where the log of the run goes; its usual place where not given. */
  readonly log?: string;
}

export interface CommandContext {
  /** This machine, or the tree of `--root`. */
  readonly host: Host;
  readonly options: GlobalOptions;
  /** The program's version. */
  readonly version: string;
  /** How it was started, for commands that we suggest: `milter-setup`, or `npx milter-setup`. */
  readonly program: readonly string[];
  /** The verb's name; empty for the wizard. */
  readonly verb: string;
  /** What stands after the verb: names of milters, a shell, a topic. */
  readonly arguments: readonly string[];
  /** The verb's own options, by name in camel case: true, or the text given. */
  readonly verbOptions: Readonly<Record<string, string | true>>;
  readonly given: GivenAnswers;
  readonly ui: Ui;
  /** What is done on the host, and every command; a file once something is changed. */
  readonly log: RunLog;
  /** Aborted by the first Ctrl-C or SIGTERM: finish the current step, undo, leave. */
  readonly signal: AbortSignal;
  /** Aborted by the second: stop undoing, too. */
  readonly urgentSignal: AbortSignal;
}

/** @returns the exit code. @throws SetupError */
export type RunCommand = (context: CommandContext) => Promise<number>;

export interface GlobalOption {
  /** As commander reads it: `--root <dir>`. */
  readonly flags: string;
  readonly summary: string;
  readonly choices?: readonly string[];
}

/** Every verb takes these, before or after its name. */
export const GLOBAL_OPTIONS: readonly GlobalOption[] = [
  {
    flags: '--root <dir>',
    summary: 'the host is this directory: change files in it, print the commands to run there',
  },
  {
    flags: '--platform <name>',
    summary: 'do not detect the system',
    choices: Object.keys(PLATFORMS),
  },
  { flags: '--templates <dir>', summary: 'settings that override the built-in templates' },
  { flags: '--dry-run', summary: 'show unified diffs and commands, change nothing' },
  { flags: '-y, --yes', summary: 'take the defaults and confirm' },
  { flags: '--no-input', summary: 'never ask; stop where an answer is missing' },
  { flags: '--json', summary: 'print results as JSON on standard output, prose on standard error' },
  {
    flags: '--force',
    summary:
      'edit files that somebody changed since the last run; set up milters that do the same work; go on in ' +
      'spite of what was found before (packages, disks, Postfix, ports)',
  },
  {
    flags: '--replace-mta',
    summary: 'with --yes: Postfix may replace another mail server, which installing it removes',
  },
  { flags: '--answers <file>', summary: 'read answers from this file (ini)' },
  { flags: '--save-answers <file>', summary: 'write the answers to this file' },
  { flags: '--verbose', summary: 'show every command and its output' },
  { flags: '--quiet', summary: 'show only what went wrong, warnings and the result' },
  {
    flags: '--log <file>',
    summary: 'keep the full log of the run there (usually a file in /var/log/milter-setup)',
  },
  { flags: '--color <when>', summary: 'colour', choices: ['auto', 'always', 'never'] },
  { flags: '--no-color', summary: 'the same as --color never' },
];

/** What an editor of one config format must offer. Texts are latin1 strings, one character a byte. */

export type Format =
  | 'main.cf'
  | 'greylist'
  | 'clamav'
  | 'shell'
  | 'spamassassin'
  | 'key-value'
  | 'ini'
  | 'ucl'
  | 'whole';

/** What a program's options look like. */
export interface OptionGrammar {
  /** As getopt takes it: `x` alone, `r:` with a value, `H::` with one or none. */
  readonly short: string;
  /** Long options, `name=` where a value must follow, `name?` where it may, each with its short name or ''. */
  readonly long?: Readonly<Record<string, string>>;
}

/** What of a template's options goes into a variable that the host has set already. */
export interface OptionRules {
  readonly grammar: OptionGrammar;
  /** Put in where they are missing; a value that the host has set stays. By short name. */
  readonly adds: readonly string[];
  /** Put in, and changed to ours. */
  readonly sets: readonly string[];
}

/** What we want in a file: a rendered template, in the file's own syntax, comments included. */
export interface Settings {
  readonly text: string;
  /** Settings to turn into comments where they are active, by key (`rewrite_header Subject`). */
  readonly commentOut?: readonly string[];
  /** For lists of main.cf (`smtpd_milters`, `non_smtpd_milters`): elements to take out, as Postfix writes them. */
  readonly takeOut?: readonly string[];
  /** For UCL: keys that are changed to ours; any other that the host has set stays, and is told. */
  readonly insists?: readonly string[];
  /** For shell variables that hold options of a program: how they are merged with the host's, by variable. */
  readonly options?: Readonly<Record<string, OptionRules>>;
}

export interface Edited {
  readonly text: string;
  /** For the plan: what was kept, taken out, or found elsewhere. */
  readonly notes: readonly string[];
}

export interface Editor {
  /**
   * Puts the settings into the text in place: uncomments, replaces or inserts by the format's own first-wins or
   * last-wins rule; every other byte stays. Applied twice it changes nothing the second time.
   * @throws EditError where the text cannot be edited safely
   */
  merge(text: string, settings: Settings): Edited;
  /** The value that the real program would use for `key`; undefined where it is not set. */
  read(text: string, key: string): string | undefined;
}

/** A text that cannot be edited safely: nothing of it is changed. */
export class EditError extends Error {
  constructor(
    readonly reason: string,
    /** 1-based. */
    readonly line?: number,
  ) {
    super(line === undefined ? reason : `line ${line}: ${reason}`);
  }
}

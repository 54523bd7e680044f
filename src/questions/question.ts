/** A question is data: the prompt, the flag, the environment variable, the answers file and the help all come from it. */

/** A milter that we could set up on this host, as far as a question needs to know it. */
export interface OfferedMilter {
  /** `milter-greylist`. */
  readonly name: string;
  /** `greylisting`. */
  readonly title: string;
  readonly summary: string;
  /** Other names that are accepted for it. */
  readonly aliases?: readonly string[];
  readonly installed: boolean;
  readonly enabled: boolean;
  /** Postfix asks it now, and not through a manager of ours: somebody set it up by hand. */
  readonly inUse?: boolean;
  /** Undefined where it cannot be seen. */
  readonly running?: boolean;
  /** Milters that do the same work, each with the reason why not both. */
  readonly conflicts?: readonly { readonly with: string; readonly why: string }[];
}

/** What questions know of the host. */
export interface QuestionFacts {
  /** The system's title, `Debian GNU/Linux 13 (trixie)`. */
  readonly release: string;
  readonly offered: readonly OfferedMilter[];
  /** What the MTA is configured for; undefined where it is not installed yet. */
  readonly smtpConnections?: number;
  /** The domain of the host's mail addresses, where its files tell one. */
  readonly mailDomain?: string;
  /** Milters that Postfix asks at the place where they usually are, and of which no file of this host tells more. */
  readonly elsewhere?: readonly string[];
  /** Whether the C milter-manager filters mail there. */
  readonly predecessor?: boolean;
  /** Networks that it was told are local, or that Postfix relays for. */
  readonly localNetworks?: readonly string[];
  /** What Postfix does while a milter is down, where it asks some already. */
  readonly defaultAction?: 'accept' | 'tempfail' | 'reject' | 'quarantine' | 'shutdown';
  /** Whether the host has keys of its own to sign with: they stay as they are. */
  readonly signsAlready?: boolean;
  /** The answers of the last run by key, as written by `formatAnswer`. */
  readonly lastRun?: Readonly<Record<string, string>>;
  /** By key: in which file of the host the default was found, and as what. */
  readonly foundIn?: Readonly<Record<string, string>>;
}

export interface Choice {
  readonly value: string;
  readonly title: string;
  /** One sentence, shown below the list while the choice is under the cursor. */
  readonly summary?: string;
  /** Other names that are accepted for it. */
  readonly aliases?: readonly string[];
}

/** The answers given before this question, by key. */
export type AnswersSoFar = Readonly<Record<string, unknown>>;

interface Common<Value> {
  /** In the answers file, in `--json`, and in `Answers`: `default-action`. */
  readonly key: string;
  /** `--default-action`. */
  readonly flag: string;
  /** For the help: `ACTION`. */
  readonly placeholder: string;
  /** `MILTER_SETUP_DEFAULT_ACTION`. */
  readonly env: string;
  readonly message: string;
  /** One line, for the help and the completion. */
  readonly summary: string;
  /** Plain words, from the install documents; shown above the prompt. */
  readonly explanation: string;
  default(facts: QuestionFacts): Value;
  /** Where the default comes from, or why it is this one; where the host's files have it, `facts.foundIn` tells more. */
  origin(facts: QuestionFacts): string;
  /** What is wrong with the value, in words; undefined where nothing is. */
  validate?(value: Value, facts: QuestionFacts): string | undefined;
  /** Whether it is asked at all. */
  when?(facts: QuestionFacts, answers: AnswersSoFar): boolean;
  /** About which milters there are, and not about how they are set. */
  readonly chooses?: true;
  /** Never prompted: flag, answers file and environment only. */
  readonly advanced?: true;
}

export interface CheckboxQuestion extends Common<readonly string[]> {
  readonly type: 'checkbox';
  choices(facts: QuestionFacts): readonly Choice[];
}

export interface ChoiceQuestion<Value extends string = string> extends Common<Value> {
  readonly type: 'choice';
  choices(facts: QuestionFacts): readonly (Choice & { readonly value: Value })[];
}

export interface NumberQuestion extends Common<number> {
  readonly type: 'number';
  readonly least: number;
  readonly most: number;
}

/** Several words; `none` stands for an empty list. */
export interface ListQuestion extends Common<readonly string[]> {
  readonly type: 'list';
  /** Each word in its one spelling; what is wrong with it where it has none. */
  normalise?(word: string): { readonly value: string } | { readonly problem: string };
}

export interface TextQuestion extends Common<string> {
  readonly type: 'text';
}

export interface ConfirmQuestion extends Common<boolean> {
  readonly type: 'confirm';
}

export type Question =
  | CheckboxQuestion
  | ChoiceQuestion
  | NumberQuestion
  | ListQuestion
  | TextQuestion
  | ConfirmQuestion;

/** Any answer; which of these it is follows from the question's type. */
export type AnswerValue = readonly string[] | string | number | boolean;

/** What is preselected, and where it comes from. */
export interface Suggestion {
  readonly value: AnswerValue;
  /** `default_process_limit in /etc/postfix/main.cf`. */
  readonly origin: string;
}

/** A question as its file has it: its names follow from its key in the table. */
export type Described<Q extends Question> = Omit<Q, 'key' | 'flag' | 'env'>;

/** The type of a question's answer. */
export type ValueOf<Q> = Q extends { default(facts: QuestionFacts): infer Value } ? Value : never;

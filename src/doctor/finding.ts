/** What a check is, and what it may find: data, so that doctor and the checks before apply share them. */
import type { Change } from '../change/change.ts';
import type { Host } from '../host/host.ts';
import type { DoctorFacts } from './facts.ts';
import type { MilterFacts } from '../plan/facts.ts';

/** `skipped` is not `ok`: nobody has looked. */
export type Grade = 'ok' | 'info' | 'warning' | 'error' | 'skipped';

/**
 * What repairs it: a change that `doctor --fix` makes, with the commands that do the same where there are any; a command
 * to look with, or a verb of ours; or what only a person can do.
 */
export type Remedy =
  | { readonly change: Change; readonly typed: readonly (readonly string[])[] }
  | { readonly argv: readonly string[] }
  | { readonly advice: string };

export interface Finding {
  /** Of the check; stable. */
  readonly id: string;
  readonly grade: Grade;
  readonly title: string;
  /** What was seen: a file and line, a command's output; of a skipped check the reason. */
  readonly evidence: readonly string[];
  /** In this order. */
  readonly fix: readonly Remedy[];
}

/** What a check reports; nothing at all where all is well. */
export type Problem = Omit<Finding, 'id'> & { readonly grade: Exclude<Grade, 'ok'> };

export interface Check {
  readonly id: string;
  /** What is so where nothing is found. */
  readonly title: string;
  /** Whether it is also done before a plan is applied. */
  readonly beforeApply?: true;
  /** True, or why it cannot be done here. */
  applies(facts: DoctorFacts): true | string;
  look(host: Host, facts: DoctorFacts): readonly Problem[] | Promise<readonly Problem[]>;
}

/** A command to look with, or a verb of ours. */
export const run = (...argv: readonly string[]): Remedy => ({ argv });

export const advice = (text: string): Remedy => ({ advice: text });

/** Why nothing that runs can be looked at. */
export const NOTHING_RUNS = 'a tree of files: what runs there cannot be seen';

export const NO_MANAGER = 'the milter manager is not installed';

/** For `applies` of a check that looks at one milter. */
export function isEnabled({ milter, detected }: MilterFacts): string | true {
  return detected?.enabled === true || `${milter.name} is not enabled`;
}

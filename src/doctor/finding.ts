/** What a check is, and what it may find: data, so that doctor and the checks before apply share them. */
import type { Host } from '../host/host.ts';
import type { DoctorFacts } from './facts.ts';
import type { MilterFacts } from '../plan/facts.ts';

/** `skipped` is not `ok`: nobody has looked. */
export type Grade = 'ok' | 'info' | 'warning' | 'error' | 'skipped';

/** A command that can be typed as it is, or what only a person can do. */
export type Remedy = { readonly argv: readonly string[] } | { readonly advice: string };

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

/** A command of a fix. */
export const run = (...argv: readonly string[]): Remedy => ({ argv });

export const advice = (text: string): Remedy => ({ advice: text });

/** Sets one parameter of main.cf, and has Postfix read it. */
export function setMainCf(facts: DoctorFacts, key: string, value: string): readonly Remedy[] {
  return [run('postconf', '-e', `${key} = ${value}`), reloadPostfix(facts)];
}

/** Takes a parameter out of main.cf, so that Postfix's own default holds. */
export function unsetMainCf(facts: DoctorFacts, key: string): readonly Remedy[] {
  return [run('postconf', '-X', key), reloadPostfix(facts)];
}

export function reloadPostfix({ platform }: DoctorFacts): Remedy {
  return { argv: platform.services.reload('postfix').argv };
}

export function restart({ platform }: DoctorFacts, service: string): Remedy {
  return { argv: platform.services.restart(service).argv };
}

/** Changes lines of a file; the file as it was stays beside it as `FILE.bak`. */
export function sed(script: string, path: string): Remedy {
  return run('sed', '-i.bak', script, path);
}

/** Why nothing that runs can be looked at. */
export const NOTHING_RUNS = 'a tree of files: what runs there cannot be seen';

export const NO_MANAGER = 'the milter manager is not installed';

/** For `applies` of a check that looks at one milter. */
export function isEnabled({ milter, detected }: MilterFacts): string | true {
  return detected?.enabled === true || `${milter.name} is not enabled`;
}

/** The manager's configuration, as everybody sees it: milter-manager.ini and what detection found, joined. */
import type * as keys from './keys.ts';

export type ManagerSettings = keys.Values<typeof keys.MANAGER_KEYS>;
export type SecuritySettings = keys.Values<typeof keys.SECURITY_KEYS>;
export type LogSettings = keys.Values<typeof keys.LOG_KEYS>;

/** Where a value was set, by key: `/etc/default/spamass-milter:12`; a key that is missing has its default. */
export type Sources = ReadonlyMap<string, string>;

/** One child milter. */
export interface MilterSettings extends keys.Values<typeof keys.MILTER_KEYS> {
  readonly name: string;
  /** Content stage, from 0: children of one stage see the message at the same time. */
  readonly stage: number;
  readonly sources: Sources;
}

export interface Configuration {
  readonly manager: ManagerSettings;
  readonly security: SecuritySettings;
  readonly log: LogSettings;
  readonly remote_network: keys.Values<typeof keys.REMOTE_NETWORK_KEYS>;
  readonly s25r: keys.Values<typeof keys.S25R_KEYS>;
  readonly stress: keys.Values<typeof keys.STRESS_KEYS>;
  readonly trust: keys.Values<typeof keys.TRUST_KEYS>;
  /** In the order in which their answers and changes count. */
  readonly milters: readonly MilterSettings[];
  /** Sources of everything but the milters, by `section.key`. */
  readonly sources: Sources;
  /** What detection could not make sense of; nothing that keeps us from running. */
  readonly warnings: readonly string[];
}

/** One thing that is wrong with the configuration. */
export interface Problem {
  /** `/etc/milter-manager/milter-manager.ini:12`, or the file alone. */
  readonly where: string;
  readonly what: string;
}

/** A configuration that cannot be used, with everything that is wrong with it. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map((problem) => `${problem.where}: ${problem.what}`).join('\n'));
  }
}

/** A number that follows from the MTA's own files. */
export interface MtaLimit {
  readonly value: number;
  readonly source: string;
}

export interface MtaLimits {
  /** How many sessions are too many; 0 is never. */
  readonly stress: MtaLimit | undefined;
  /** How many seconds a child may take to be reached, so that its fallback comes before the MTA gives up. */
  readonly connection: MtaLimit | undefined;
}

/** Reads milter-manager.ini, checks it, and joins it with what detection found. */
import type { Detection } from '../detect/detected.ts';
import { ConfigurationError, type Configuration, type MtaLimits, type Problem } from './config.ts';
import { IniReader } from './reader.ts';
import { spec as readSpec } from './values.ts';

export interface ConfigurationInput {
  /** The ini's text; undefined where there is no such file. */
  readonly text: string | undefined;
  /** The ini's path, for messages. */
  readonly path: string;
  /** Where the MTA connects unless the ini says otherwise; differs by platform. */
  readonly defaultSpec?: string;
  /** Defaults that the MTA's limits give. */
  readonly mta?: MtaLimits;
  /** Looks at the host; called only where the ini does not switch detection off. */
  readonly detect: () => Detection;
  /** How the service of a name is known to be built on libmilter, for milters that the ini alone names. */
  readonly knownByLibrary?: (service: string) => string | undefined;
}

/** What there is of a configuration, with everything that is wrong with it: a bad value counts as not set. */
export interface Reading {
  readonly configuration: Configuration;
  readonly problems: readonly Problem[];
  /** `FILE:LINE` of a key, where the ini sets it. */
  readonly line: (section: string, key: string) => string | undefined;
}

/**
 * Reads a whole configuration.
 * @throws ConfigurationError with every problem, each with file and line
 */
export function readConfiguration(input: ConfigurationInput): Configuration {
  const { configuration, problems } = lookAtConfiguration(input);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return configuration;
}

/** The same for who only looks at it. */
export function lookAtConfiguration(input: ConfigurationInput): Reading {
  const ini = new IniReader(input.path, input.text ?? '');
  const sections = ini.readSections();
  const manager =
    input.defaultSpec !== undefined && !ini.has('manager', 'connection_spec')
      ? { ...sections.manager, connection_spec: readSpec(input.defaultSpec) }
      : sections.manager;
  const detected = manager.detect ? input.detect() : NOTHING_DETECTED;
  const milters = ini.readMilters(detected.milters, {
    fallback_status: manager.fallback_status,
    connection: input.mta?.connection,
    knownByLibrary: input.knownByLibrary ?? (() => undefined),
  });
  const sources = new Map(ini.sources);
  const limit = ini.has('stress', STRESS_KEY) ? undefined : input.mta?.stress;
  if (limit) sources.set(`stress.${STRESS_KEY}`, limit.source);
  const stress = limit ? { ...sections.stress, [STRESS_KEY]: limit.value } : sections.stress;
  return {
    configuration: { ...sections, stress, manager, milters, sources, warnings: detected.warnings },
    problems: ini.problems,
    line: (section, key) => ini.at(section, key),
  };
}

const STRESS_KEY = 'threshold_n_connections';
const NOTHING_DETECTED: Detection = { milters: [], warnings: [] };

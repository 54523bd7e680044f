/** The manager's configuration as it holds on a host now, for who looks at it from outside: doctor, status, the plan. */
import { knownByLibrary } from '../detect/libmilter.ts';
import type { DetectedMilter } from '../detect/detected.ts';
import { whereToConnect } from '../detect/spec.ts';
import { readText, type HostReader } from '../host/host.ts';
import type { Platform } from '../platforms/platform.ts';
import type { Configuration, MilterSettings, Problem } from './config.ts';
import { iniIn, mtaLimits } from './host-defaults.ts';
import { lookAtConfiguration } from './read-configuration.ts';

/** A milter as the manager sees it. */
export interface ManagedMilter extends MilterSettings {
  /** By its platform name; not known of one that the ini alone names. */
  readonly service: string | undefined;
  /** Where to connect to it. */
  readonly spec: string | undefined;
  /** `FILE:LINE` of one of its keys, where the ini sets it. */
  readonly line: (key: keyof MilterSettings) => string | undefined;
}

export interface EffectiveConfiguration extends Omit<Configuration, 'milters'> {
  /** Of the ini, whether it is there or not. */
  readonly path: string;
  /** Where to connect to the manager. */
  readonly spec: string;
  /** In the order in which the manager keeps them; disabled ones, too. */
  readonly milters: readonly ManagedMilter[];
  /** What keeps the manager from taking it. */
  readonly problems: readonly Problem[];
  /** `FILE:LINE` of a key of [manager], where the ini sets it. */
  readonly line: (key: keyof Configuration['manager']) => string | undefined;
}

/**
 * What is wrong with it stands in `problems`, and counts as not set.
 * @param plannedSpec where the manager will listen, on a host that has no ini yet
 * @throws what reading the host throws
 */
export function effectiveConfiguration(
  host: HostReader,
  platform: Platform,
  detected: readonly DetectedMilter[],
  plannedSpec: string,
): EffectiveConfiguration {
  const path = iniIn(platform.managerDirectory);
  const text = readText(host, path);
  const { configuration, problems, line } = lookAtConfiguration({
    text,
    path,
    defaultSpec: text === undefined ? plannedSpec : platform.predecessor.spec,
    mta: mtaLimits(host, platform.postfixDirectory),
    detect: () => ({ milters: detected, warnings: [] }),
    knownByLibrary: (service) => knownByLibrary(host, platform.init, service),
  });
  return {
    ...configuration,
    path,
    problems,
    spec: whereToConnect(configuration.manager.connection_spec),
    line: (key) => line('manager', key),
    milters: configuration.milters.map((milter) => ({
      ...milter,
      service: detected.find(({ name }) => name === milter.name)?.service,
      spec: milter.connection_spec && whereToConnect(milter.connection_spec),
      line: (key) => line(`milter.${milter.name}`, key),
    })),
  };
}

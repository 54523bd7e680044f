/** Finds and reads the configuration on this machine, or below a root directory. */
import { detectMilters } from '../milters/detect-milters.ts';
import { knownByLibrary } from '../detect/libmilter.ts';
import type { Detection } from '../detect/detected.ts';
import { readText, type HostReader } from '../host/host.ts';
import { openReader } from '../host/reader.ts';
import { SetupError } from '../host/setup-error.ts';
import { PLATFORMS, type PlatformName, USUAL_PLATFORM } from '../platforms/platforms.ts';
import { recogniseRelease } from '../platforms/recognise.ts';
import type { ConnectionSpec } from '../protocol/connection-spec.ts';
import { ConfigurationError, type Configuration } from './config.ts';
import { readConfiguration } from './read-configuration.ts';
import { iniIn, mtaLimits } from './host-defaults.ts';
import { rememberingReader, type Memory } from './remembering-reader.ts';

const COMMAND_LINE = 'command line';

/** What counts more than the file: what the command line of `milter-manager` may say. */
export interface Overrides {
  /** A directory that holds the host's files: configuration, detection and UNIX sockets are looked up below it. */
  readonly root?: string;
  readonly configDir?: string;
  readonly connectionSpec?: ConnectionSpec;
  readonly unixSocketMode?: number;
  readonly unixSocketGroup?: string;
  readonly user?: string;
  readonly group?: string;
  readonly daemon?: boolean;
  readonly pidFile?: string;
  readonly nWorkers?: number;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

/** Reads the configuration anew each time. @throws ConfigurationError */
export type LoadConfiguration = () => Configuration;

/**
 * The configuration in effect: the ini, what detection finds, and the command line over both.
 * @param memory what was seen so far of files that may not be readable any more; what is read is added
 */
export function configurationLoader(
  options: Overrides,
  memory: Memory = new Map(),
): LoadConfiguration {
  return () => loadConfiguration(options, memory);
}

function loadConfiguration(options: Overrides, memory: Memory): Configuration {
  const host = openReader(options.root);
  const platform = recogniseRelease(host)?.platform;
  const places = platform === undefined ? USUAL_PLATFORM : PLATFORMS[platform];
  const directory = options.configDir ?? places.managerDirectory;
  const path = iniIn(directory);
  const text = readIni(host, path);
  if (text === undefined && options.configDir !== undefined) {
    throw new ConfigurationError([{ where: path, what: 'there is no such file' }]);
  }
  const read = readConfiguration({
    text,
    path,
    // As the C program's packages have it.
    defaultSpec: places.predecessor.spec,
    mta: mtaLimits(host, places.postfixDirectory),
    detect: () => detect(host, memory, platform),
    knownByLibrary: (service) =>
      platform && knownByLibrary(host, PLATFORMS[platform].init, service),
  });
  return withCommandLine(read, options);
}

function readIni(host: HostReader, path: string): string | undefined {
  try {
    return readText(host, path);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    // The message begins with the path.
    const what = error.message.slice(path.length).replace(/^:? /, '');
    throw new ConfigurationError([{ where: path, what }]);
  }
}

function detect(host: HostReader, memory: Memory, platform: PlatformName | undefined): Detection {
  if (platform === undefined) {
    return { milters: [], warnings: ['unknown system: no milter is detected'] };
  }
  const remembered: string[] = [];
  const reader = rememberingReader(host, memory, (warning) => remembered.push(warning));
  const { milters, warnings } = detectMilters(reader, platform);
  return { milters, warnings: [...remembered, ...warnings] };
}

function withCommandLine(read: Configuration, options: Overrides): Configuration {
  const sources = new Map(read.sources);
  const given = <Values extends object>(
    section: string,
    values: Values,
    set: Partial<Values>,
  ): Values => {
    const entries = Object.entries(set).filter(([, value]) => value !== undefined);
    for (const [key] of entries) sources.set(`${section}.${key}`, COMMAND_LINE);
    return { ...values, ...Object.fromEntries(entries) };
  };
  const level = options.verbose ? 'debug' : options.quiet ? 'error' : undefined;
  return {
    ...read,
    manager: given('manager', read.manager, {
      connection_spec: options.connectionSpec,
      unix_socket_mode: options.unixSocketMode,
      unix_socket_group: options.unixSocketGroup,
      daemon: options.daemon,
      pid_file: options.pidFile,
      n_workers: options.nWorkers,
    } as Partial<Configuration['manager']>),
    security: given('security', read.security, {
      effective_user: options.user,
      effective_group: options.group,
    }),
    log: given('log', read.log, { level } as Partial<Configuration['log']>),
    sources,
  };
}

/** The C milter-manager on a host: where it is, whether it is started, where it listens, and what it is told. */
import { userNamed } from '../host/accounts.ts';
import { type HostReader, readText } from '../host/host.ts';
import { PLATFORMS, type PlatformName } from '../platforms/platforms.ts';
import { findServices } from '../detect/find-services.ts';
import { splitWords, type Service } from '../detect/service.ts';
import type { Sourced } from '../detect/sh-variables.ts';
import { normaliseSpec } from '../detect/spec.ts';
import { readRubyConfiguration, type RubyConfiguration } from './configuration.ts';

export interface Predecessor {
  /** The program's path; undefined where only its service and files are left. */
  readonly program: string | undefined;
  /** By its platform name. */
  readonly service: string;
  readonly enabled: boolean;
  /** Where it may listen, in our spelling: as it is told, and as its packages have it. */
  readonly specs: readonly Sourced[];
  readonly configuration: RubyConfiguration;
  /** Files of it that are not read. */
  readonly unread: readonly string[];
}

/** The same in its packages for every platform. */
const SERVICE = 'milter-manager';

/** Whether the program at a path is one that we installed: a script that Node runs. */
export function isOurProgram(host: HostReader, path: string): boolean {
  return /^#!.*\bnode/.test(readText(host, path)?.slice(0, 200) ?? '');
}

/** Undefined where neither its program nor its configuration with a service is there. */
export function findPredecessor(host: HostReader, platform: PlatformName): Predecessor | undefined {
  const { predecessor, managerDirectory: directory, init } = PLATFORMS[platform];
  const { program, spec } = predecessor;
  const installed = host.stat(program) !== undefined && !isOurProgram(host, program);
  const configured = host.stat(`${directory}/milter-manager.conf`) !== undefined;
  const service = findServices(host, init, SERVICE, () => undefined)[0];
  if (!installed && (!configured || service === undefined)) return undefined;
  const configuration = readRubyConfiguration(host, directory);
  const home = userNamed(host, SERVICE)?.home;
  const unread = [
    // Written by a web interface that is gone; XML.
    `${directory}/milter-manager.custom.conf`,
    ...(home === undefined ? [] : [`${home}/.milter-manager/milter-manager.custom.conf`]),
    // Loaded by the main file as packages bring it.
    `${directory}/milter-manager.local.conf`,
  ].filter((path) => host.stat(path) !== undefined && !configuration.files.includes(path));
  return {
    program: installed ? program : undefined,
    service: service?.name ?? SERVICE,
    enabled: service?.enabled === true,
    specs: usable([
      ...told(service),
      ...configuration.settings
        .filter(({ name }) => name === 'manager.connection_spec')
        .flatMap(({ value, source }) => (typeof value === 'string' ? [{ value, source }] : [])),
      { value: spec, source: 'built into milter-manager' },
    ]),
    configuration,
    unread,
  };
}

/** Its service's variables and the words that it starts with come before its files. */
function told(service: Service | undefined): readonly Sourced[] {
  const variables = service?.variables ?? new Map<string, Sourced>();
  const named = [
    'CONNECTION_SPEC',
    'miltermanager_connection_spec',
    'milter_manager_connection_spec',
  ];
  const options = variables.get('OPTION_ARGS');
  const words = [...(service?.words ?? []), ...splitWords(options?.value ?? '')];
  const at = words.findIndex((word) => /^(?:-s|--connection-spec|--spec)(?:=|$)/.test(word));
  const value = words[at]?.split('=')[1] ?? words[at + 1];
  const source = options?.source ?? service?.wordsFrom ?? '';
  return [
    ...(at < 0 || value === undefined ? [] : [{ value, source }]),
    ...named.flatMap((name) => variables.get(name) ?? []),
  ];
}

function usable(specs: readonly Sourced[]): readonly Sourced[] {
  const normalised = specs.flatMap(({ value, source }) => {
    try {
      return [{ value: normaliseSpec(value), source }];
    } catch {
      return [];
    }
  });
  return normalised.filter(
    ({ value }, index) => normalised.findIndex((each) => each.value === value) === index,
  );
}

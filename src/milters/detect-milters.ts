/**
 * Which milters are installed on a host, which of them the system starts, and where they listen: from files alone, so
 * that the daemon can ask at start and at each reload.
 */
import type { HostReader } from '../host/host.ts';
import { PLATFORMS, type PlatformName } from '../platforms/platforms.ts';
import { ConnectionSpecError } from '../protocol/connection-spec.ts';
import { exampleLine, longestTarpit } from '../detect/config-file.ts';
import type { DetectedMilter, Detection } from '../detect/detected.ts';
import { configPath, findSocket } from '../detect/find-socket.ts';
import { forgivingReader } from '../detect/forgiving-reader.ts';
import { findServices } from '../detect/find-services.ts';
import { rspamdProxy } from '../detect/rspamd.ts';
import { libmilterProgram, usesLibmilter } from '../detect/libmilter.ts';
import type { Service } from '../detect/service.ts';
import type { ConfigRule, SocketRule } from '../detect/socket-rules.ts';
import { normaliseSpec } from '../detect/spec.ts';
import type { Sourced } from '../detect/sh-variables.ts';
import { type KnownMilter, onPlatform } from './known-milter.ts';
import { KNOWN_MILTERS, namesBefore } from './known-milters.ts';

/** The installed milters, in the order in which the manager keeps them; those that are disabled too. */
export function detectMilters(host: HostReader, platform: PlatformName): Detection {
  const warnings: string[] = [];
  const warn = (warning: string): void => {
    if (!warnings.includes(warning)) warnings.push(warning);
  };
  const reader = forgivingReader(host, warn);
  const found = KNOWN_MILTERS.flatMap((known) =>
    servicesOf(reader, platform, known, warn).map((service) => ({ known, service })),
  );
  const milters = found.map(({ known, service }) =>
    describe(reader, platform, known, service, warn),
  );
  return { milters: withInstances(milters, found), warnings };
}

/** The services of the first name that is installed; of several, the enabled one (spamass-milter or its -root). */
function servicesOf(
  host: HostReader,
  platform: PlatformName,
  known: KnownMilter,
  warn: (warning: string) => void,
): Service[] {
  const found = (onPlatform(platform, known.services) ?? [])
    .map((name) => findServices(host, PLATFORMS[platform].init, name, warn))
    .filter((services) => services.length > 0);
  return found.find((services) => services.some((service) => service.enabled)) ?? found[0] ?? [];
}

function describe(
  host: HostReader,
  platform: PlatformName,
  known: KnownMilter,
  service: Service,
  warn: (warning: string) => void,
): DetectedMilter {
  const rules = onPlatform(platform, known.sockets) ?? [];
  const config = rules.find((rule): rule is ConfigRule => rule.from === 'config');
  const path = config === undefined ? undefined : configPath(host, config, service);
  const off = switchedOff(host, rules, path);
  const enabled = service.enabled && off === undefined;
  const socket = findSocket(host, known.name, rules, service, warn);
  const connectionSpec = normalised(socket, enabled, warn);
  if (enabled && socket === undefined) {
    warn(`${service.enabledBy}: ${service.name} is started, but no socket of it is configured`);
  }
  const tarpit =
    config?.format === 'greylist' && path !== undefined ? longestTarpit(host, path, warn) : 0;
  return {
    name: nameOf(known, service),
    description: service.description,
    service: service.name,
    enabled,
    connectionSpec,
    applicableConditions: known.conditions,
    after: namesBefore(known),
    sources: {
      ...(socket && connectionSpec !== undefined ? { connectionSpec: socket.source } : {}),
      enabled: (service.enabled ? off : undefined) ?? service.enabledBy,
    },
    ...(service.flag === undefined ? {} : { flag: service.flag }),
    ...(tarpit > 0 ? { tarpit } : {}),
    ...(known.waits === undefined ? {} : { waits: known.waits }),
    ...takes(known, libmilterProgram(host, service)),
  };
}

/** @param program built on libmilter */
function takes(
  { pipelines }: KnownMilter,
  program: string | undefined,
): Pick<DetectedMilter, 'takesPipelined' | 'takesSessions'> {
  if (program !== undefined) {
    const how = usesLibmilter(program);
    return { takesPipelined: how, takesSessions: how };
  }
  return pipelines === true ? { takesPipelined: 'known of this milter' } : {};
}

/** The line of its own configuration that keeps a milter from working, whatever the system starts. */
function switchedOff(
  host: HostReader,
  rules: readonly SocketRule[],
  path: string | undefined,
): string | undefined {
  for (const rule of rules) {
    if (rule.from === 'rspamd') return rspamdProxy(host, rule.directory).off;
    if (rule.from === 'config' && rule.format === 'clamav' && path !== undefined) {
      return exampleLine(host, path);
    }
  }
  return undefined;
}

function normalised(
  socket: Sourced | undefined,
  enabled: boolean,
  warn: (warning: string) => void,
): string | undefined {
  if (socket === undefined) return undefined;
  try {
    return normaliseSpec(socket.value);
  } catch (error) {
    if (!(error instanceof ConnectionSpecError)) throw error;
    // Samples hold what must be filled in (`inet:port@localhost`): that matters once the milter is started.
    if (enabled) warn(`${socket.source}: ${error.message}`);
    return undefined;
  }
}

function nameOf(known: KnownMilter, service: Service): string {
  return service.instance === undefined ? known.name : `${known.name}-${service.instance}`;
}

/** Whoever follows a milter follows each of its instances. */
function withInstances(
  milters: readonly DetectedMilter[],
  found: readonly { readonly known: KnownMilter; readonly service: Service }[],
): DetectedMilter[] {
  const names = (base: string): string[] => {
    const instances = found
      .filter(({ known, service }) => known.name === base && service.instance !== undefined)
      .map(({ known, service }) => nameOf(known, service));
    return [base, ...instances];
  };
  return milters.map((milter) => ({ ...milter, after: milter.after.flatMap(names) }));
}

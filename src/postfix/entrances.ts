/**
 * The ways by which mail comes into one Postfix, and which milters are asked about it on each: smtpd asks its own list,
 * what comes by pickup or qmqpd is shown to the list of cleanup (MILTER_README, postconf(5)).
 */
import type { HostReader } from '../host/host.ts';
import { type Asker, nameOf, ownParameters } from './askers.ts';
import { exceptionsOf, type ClientException } from './client-exceptions.ts';
import type { MasterService } from './master-cf.ts';
import { reaches } from './notation.ts';
import type { Parameters } from './parameters.ts';

export interface Entrance {
  /** Where it comes in: `submission/inet`, `pickup/unix`. */
  readonly name: string;
  readonly service: MasterService;
  /** Who connects to the milters; undefined where there is no such service, and mail waits. */
  readonly asker: Asker | undefined;
  /** Asked about mail of every client that is no exception; nobody where something switches milters off. */
  readonly asked: readonly string[];
  /** Why nobody is asked although there is a list, or why there is none. */
  readonly off: SwitchedOff | undefined;
  /** Clients that have milters of their own. */
  readonly exceptions: readonly ClientException[];
  /** Where all mail goes from here before it is delivered. */
  readonly filter: Filter | undefined;
  /** A content filter hands its mail back here. */
  readonly reentry: boolean;
}

export interface SwitchedOff {
  /** `receive_override_options = no_milters`, `smtpd_milters =`. */
  readonly setting: string;
  /** `/etc/postfix/master.cf:12`. */
  readonly source: string;
}

export interface Filter {
  /** Before the queue the milters see no content: smtpd hands it on without cleanup (SMTPD_PROXY_README). */
  readonly parameter: 'content_filter' | 'smtpd_proxy_filter';
  readonly value: string;
  readonly source: string;
  /** The program that pipe(8) gives the mail to, where the filter is one: `/usr/bin/spamc`. */
  readonly program?: string;
}

/** Programs that take mail in; their mail goes to the service that `cleanup_service_name` names. */
const TAKERS = ['smtpd', 'pickup', 'qmqpd'];
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|localhost|\[?::1\]?):/;

export function entrancesOf(
  host: HostReader,
  services: readonly MasterService[],
  askers: readonly Asker[],
  main: Parameters,
  directory: string,
): readonly Entrance[] {
  const disabled = main.words('master_service_disable').map((word) => word.replace('.', '/'));
  const found = services
    .filter(({ command }) => TAKERS.includes(command))
    .filter(({ name, type }) => !disabled.includes(type) && !disabled.includes(`${name}/${type}`))
    .map((service) => {
      const parameters = ownParameters(service, main, directory);
      return { service, parameters, filter: filterOf(parameters, services) };
    });
  const filtered = found.some(({ filter }) => filter !== undefined);
  return found.map(({ service, parameters, filter }): Entrance => {
    const asker =
      askers.find((each) => each.service === service) ??
      askers.find(({ service: { name, command } }) => {
        return command === 'cleanup' && name === parameters.value('cleanup_service_name');
      });
    const off = asker && switchedOff(asker, parameters);
    return {
      name: nameOf(service),
      service,
      asker,
      asked: asker === undefined || off ? [] : asker.elements,
      off,
      exceptions: service.command === 'smtpd' && !off ? exceptionsOf(host, parameters) : [],
      filter,
      reentry:
        filtered &&
        filter === undefined &&
        service.command === 'smtpd' &&
        LOOPBACK.test(service.name),
    };
  });
}

/** What keeps milters from being asked, whatever the list says. */
function switchedOff(asker: Asker, parameters: Parameters): SwitchedOff | undefined {
  const options = 'receive_override_options';
  const given = parameters.setting(options);
  if (given && parameters.words(options).includes('no_milters')) {
    return { setting: `${options} = ${given.value}`, source: given.source };
  }
  if (asker.elements.length > 0 || !asker.own) return undefined;
  const { value = '', source = asker.source } = asker.parameters.setting(asker.parameter) ?? {};
  return { setting: `${asker.parameter} = ${value}`.trimEnd(), source };
}

function filterOf(parameters: Parameters, services: readonly MasterService[]): Filter | undefined {
  for (const parameter of ['smtpd_proxy_filter', 'content_filter'] as const) {
    const value = parameters.value(parameter);
    const set = parameters.setting(parameter);
    if (value === '' || set === undefined) continue;
    const transport = value.split(':')[0];
    const program = services.find(({ name, type }) => type === 'unix' && name === transport)?.runs;
    return { parameter, value, source: set.source, ...(program !== undefined && { program }) };
  }
  return undefined;
}

/** Whether the milter that listens at `spec` is asked about what comes in there. */
export function asksAt({ asked, asker }: Entrance, spec: string, queueDirectory: string): boolean {
  if (asker === undefined) return false;
  return asked.some((each) => reaches(each, spec, { chrooted: asker.chrooted, queueDirectory }));
}

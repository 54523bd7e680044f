/** Where a client on the host itself connects to each smtpd, and what it has to know of it (master(5), postconf(5)). */
import { type HostReader, readText } from '../host/host.ts';
import type { Entrance } from './entrances.ts';
import type { MasterService } from './master-cf.ts';
import type { Parameters } from './parameters.ts';
import type { Instance } from './postfix.ts';

export interface Door {
  /** `25`, `[2001:db8::1]:587`: as master.cf names it, the port as its number. */
  readonly name: string;
  /** Who listens: the smtpd itself, or a postscreen before it. */
  readonly service: MasterService;
  /** Of the smtpd. */
  readonly entrance: Entrance;
  /** The address that the service itself names. */
  readonly bound: string | undefined;
  /** Addresses or names of the host, the loopback's first: it listens at one of them at least. */
  readonly hosts: readonly [string, ...string[]];
  readonly port: number;
  /** It begins with TLS. */
  readonly tls: boolean;
  /** It takes the words of a proxy first, and no client otherwise. */
  readonly behindProxy: boolean;
  /** Whether what this client meets is what every client meets: nothing before it, and no milters of somebody's own. */
  readonly everybody: boolean;
}

/** The doors of one instance; none for a service whose port nobody knows. */
export function doorsOf(host: HostReader, instance: Instance): readonly Door[] {
  const { parameters, services, entrances } = instance;
  return services.flatMap((service): readonly Door[] => {
    const entrance = smtpdBehind(service, entrances, parameters);
    const own = entrance?.asker?.parameters;
    const { before = '', bound, name = '' } = ADDRESS.exec(service.name)?.groups ?? {};
    const port = portOf(host, name);
    if (entrance === undefined || own === undefined || port === undefined) return [];
    const proxied = service === entrance.service ? own : parameters;
    return [
      {
        ...{ service, entrance, bound, port },
        name: `${before}${port}`,
        hosts: bound === undefined ? interfaces(parameters) : [bound],
        tls: own.isYes('smtpd_tls_wrappermode'),
        behindProxy: proxied.value(`${service.command}_upstream_proxy_protocol`) !== '',
        everybody: service === entrance.service && entrance.exceptions.length === 0,
      },
    ];
  });
}

const ADDRESS = /^(?<before>(?:\[?(?<bound>[^[\]]+)\]?:)?)(?<name>[^:]+)$/;

/** postscreen(8) gives its connections to the service that `smtpd_service_name` names. */
function smtpdBehind(
  service: MasterService,
  entrances: readonly Entrance[],
  parameters: Parameters,
): Entrance | undefined {
  if (service.type !== 'inet') return undefined;
  if (service.command === 'smtpd') return entrances.find((each) => each.service === service);
  if (service.command !== 'postscreen') return undefined;
  const behind = parameters.value('smtpd_service_name') || 'smtpd';
  return entrances.find(({ service: { name, type } }) => type === 'pass' && name === behind);
}

/** RFC 5321, RFC 6409, RFC 8314; /etc/services may say more. */
const PORTS: Readonly<Record<string, number>> = {
  ...{ smtp: 25, submission: 587, submissions: 465, smtps: 465 },
};

function portOf(host: HostReader, name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const line = new RegExp(`^${name.replace(/[^\w-]/g, '')}\\s+(\\d+)/tcp`, 'm');
  const told = line.exec(readText(host, '/etc/services') ?? '')?.[1];
  return told === undefined ? PORTS[name] : Number(told);
}

/** Whether only programs of this host get there. */
export function isLoopback(address: string): boolean {
  return /^(?:127\.\d+\.\d+\.\d+|localhost|::1)$/.test(address);
}

const LOOPBACK = ['127.0.0.1', '::1'] as const;

/** Where a service listens that names no address: at those of `inet_interfaces`. */
function interfaces(parameters: Parameters): Door['hosts'] {
  const own = parameters.value('inet_protocols') === 'ipv6' ? (['::1'] as const) : LOOPBACK;
  const told = parameters.words('inet_interfaces').map((word) => word.replace(/^\[(.*)\]$/, '$1'));
  if (told.some((word) => ['all', 'loopback-only'].includes(word))) return own;
  const [first, ...rest] = [
    ...told.filter(isLoopback),
    ...told.filter((each) => !isLoopback(each)),
  ];
  return first === undefined ? own : [first, ...rest];
}

/** The SMTP services of each instance of Postfix on this host: where each takes mail, and what it wants before. */
import { type HostReader, readText } from '../../host/host.ts';
import type { Entrance } from '../../postfix/entrances.ts';
import { ownParameters } from '../../postfix/askers.ts';
import type { MasterService } from '../../postfix/master-cf.ts';
import { type Instance, instancesOf, type Postfix } from '../../postfix/postfix.ts';

export interface SmtpService {
  /** `submission/inet`; of another instance with its directory. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Whether TLS begins with the connection (`smtpd_tls_wrappermode`). */
  readonly wrapped: boolean;
  /** Whether some take mail only of who has a name and a password: `smtpd_sasl_auth_enable`. */
  readonly knowsLogins: boolean;
  readonly instance: Instance;
  /** Of the smtpd that serves it, behind a postscreen, too. */
  readonly entrance: Entrance;
}

/** RFC 5321, RFC 6409, RFC 8314; /etc/services may say more. */
const PORTS: Readonly<Record<string, number>> = {
  ...{ smtp: 25, submission: 587, submissions: 465, smtps: 465 },
};
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|localhost|::1)$/;

/** Those where mail comes in; not where a content filter gives back what was filtered before. */
export function smtpServicesOf(host: HostReader, postfix: Postfix): readonly SmtpService[] {
  return instancesOf(postfix).flatMap((instance) =>
    instance.services.flatMap((service): SmtpService[] => {
      const entrance = entranceOf(instance, service);
      const [, own, name] = /^(?:(.*):)?([^:]+)$/.exec(service.name) ?? [];
      const port = portOf(host, name ?? '');
      if (entrance === undefined || port === undefined || entrance.reentry) return [];
      const bound = own?.replace(/^\[(.*)\]$/, '$1');
      // Nobody from outside gets there, and somebody has said that it is not filtered.
      if (bound !== undefined && LOOPBACK.test(bound) && entrance.off) return [];
      const parameters = ownParameters(entrance.service, instance.parameters, instance.directory);
      const where = instance === postfix ? '' : `${instance.directory}: `;
      return [
        {
          name: `${where}${service.name}/${service.type}`,
          address: bound ?? addressOf(instance),
          port,
          wrapped: parameters.isYes('smtpd_tls_wrappermode'),
          knowsLogins: parameters.isYes('smtpd_sasl_auth_enable'),
          ...{ instance, entrance },
        },
      ];
    }),
  );
}

/** postscreen(8) gives its connections to the service that `smtpd_service_name` names. */
function entranceOf(
  { entrances, parameters }: Instance,
  service: MasterService,
): Entrance | undefined {
  if (service.type !== 'inet') return undefined;
  if (service.command !== 'postscreen') return entrances.find((each) => each.service === service);
  const behind = parameters.value('smtpd_service_name') || 'smtpd';
  return entrances.find(({ service: { name, type } }) => type === 'pass' && name === behind);
}

function portOf(host: HostReader, name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const line = new RegExp(`^${name.replace(/[^\w-]/g, '')}\\s+(\\d+)/tcp`, 'm');
  const told = line.exec(readText(host, '/etc/services') ?? '')?.[1];
  return told === undefined ? PORTS[name] : Number(told);
}

/** Where a service listens that names no address: at those of `inet_interfaces` (postconf(5)), the loopback's first. */
function addressOf({ parameters }: Instance): string {
  const loopback = parameters.value('inet_protocols') === 'ipv6' ? '::1' : '127.0.0.1';
  const told = parameters.words('inet_interfaces').map((word) => word.replace(/^\[(.*)\]$/, '$1'));
  if (told.some((word) => ['all', 'loopback-only'].includes(word))) return loopback;
  return told.find((word) => LOOPBACK.test(word)) ?? told[0] ?? loopback;
}

/** The SMTP services of each instance of Postfix on this host: where each takes mail, and what it wants before. */
import type { HostReader } from '../../host/host.ts';
import { doorsOf, isLoopback } from '../../postfix/doors.ts';
import type { Entrance } from '../../postfix/entrances.ts';
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

/** Those where mail comes in; not where a content filter gives back what was filtered before. */
export function smtpServicesOf(host: HostReader, postfix: Postfix): readonly SmtpService[] {
  return instancesOf(postfix).flatMap((instance) =>
    doorsOf(host, instance).flatMap((door): SmtpService[] => {
      const { service, entrance, bound, hosts, port, tls } = door;
      if (entrance.reentry) return [];
      // Nobody from outside gets there, and somebody has said that it is not filtered.
      if (bound !== undefined && isLoopback(bound) && entrance.off) return [];
      const where = instance === postfix ? '' : `${instance.directory}: `;
      return [
        {
          name: `${where}${service.name}/${service.type}`,
          address: hosts[0],
          wrapped: tls,
          knowsLogins: entrance.asker?.parameters.isYes('smtpd_sasl_auth_enable') === true,
          ...{ port, instance, entrance },
        },
      ];
    }),
  );
}

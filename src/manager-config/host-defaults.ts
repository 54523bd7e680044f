/** What holds on a host where milter-manager.ini does not say otherwise. */
import { join } from 'node:path';
import { readPostfix, smtpdProcessLimit } from '../postfix/postfix.ts';
import type { HostReader } from '../host/host.ts';
import type { MtaLimits } from './config.ts';
import { LEAD, TIMEOUTS } from './keys.ts';

export const iniIn = (directory: string): string => join(directory, 'milter-manager.ini');

/**
 * Stress is three quarters of what Postfix lets serve the SMTP port at once, as the C program does it. The protocol
 * gives a milter 300 seconds to be there, Postfix 30 unless told otherwise, the answer to the negotiation included.
 * @param directory where main.cf is
 */
export function mtaLimits(host: HostReader, directory: string): MtaLimits {
  const postfix = readPostfix(host, directory);
  const most = smtpdProcessLimit(postfix);
  const patience = postfix.exists
    ? postfix.parameters.seconds('milter_connect_timeout')
    : undefined;
  return {
    stress:
      most === undefined
        ? undefined
        : {
            value: Math.floor(most * 0.75),
            source: `three quarters of smtpd's process limit in ${directory}`,
          },
    connection:
      patience === undefined
        ? undefined
        : {
            value: Math.max(1, Math.min(patience - LEAD - TIMEOUTS.reading, TIMEOUTS.connection)),
            source: `what milter_connect_timeout of ${directory}/main.cf leaves for it`,
          },
  };
}

/** ENMA: finds the results of SPF, Sender ID and DKIM. Found and asked, never set up. */
import { config, type SocketRule } from '../detect/socket-rules.ts';
import { type KnownMilter, RECEIVING } from './known-milter.ts';

const conf = (path: string, ...variables: readonly string[]): readonly SocketRule[] => [
  config('key-value', 'milter.socket:', ['-c'], [path], variables),
];

export const enma: KnownMilter = {
  name: 'enma',
  services: { freebsd: ['milter-enma'], usual: ['enma'] },
  sockets: {
    freebsd: conf('/usr/local/etc/enma.conf', 'milterenma_cfgfile'),
    usual: conf('/etc/enma.conf', 'CONF_FILE'),
  },
  conditions: RECEIVING,
  finds: ['spf', 'sender-id', 'dkim'],
};

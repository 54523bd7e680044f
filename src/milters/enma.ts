/** ENMA: finds the results of SPF, Sender ID and DKIM. Found and asked, never set up. */
import { config, type SocketRule } from '../detect/socket-rules.ts';
import { type KnownMilter, RECEIVING } from './known-milter.ts';

const conf = (path: string, ...variables: readonly string[]): readonly SocketRule[] => [
  config('key-value', 'milter.socket:', ['-c'], [path], variables),
];

export const enma: KnownMilter = {
  name: 'enma',
  services: { freebsd: ['milter-enma'], centos6: ['enma'], redhat: ['enma'], debian: ['enma'] },
  sockets: {
    freebsd: conf('/usr/local/etc/enma.conf', 'milterenma_cfgfile'),
    centos6: conf('/etc/enma.conf', 'CONF_FILE'),
    redhat: conf('/etc/enma.conf', 'CONF_FILE'),
    debian: conf('/etc/enma.conf'),
  },
  conditions: RECEIVING,
  finds: ['spf', 'sender-id', 'dkim'],
};

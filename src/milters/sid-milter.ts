/** sid-milter: finds the results of Sender ID. Found and asked, never set up. */
import { option, variable } from '../detect/socket-rules.ts';
import { type KnownMilter, RECEIVING } from './known-milter.ts';

const LINUX = [option('-p'), variable('SOCKET')];

export const sidMilter: KnownMilter = {
  name: 'sid-milter',
  services: {
    freebsd: ['milter-sid'],
    centos6: ['sid-milter'],
    redhat: ['sid-milter'],
    debian: ['sid-milter'],
  },
  sockets: {
    freebsd: [option('-p'), variable('miltersid_socket')],
    centos6: LINUX,
    redhat: LINUX,
    debian: LINUX,
  },
  conditions: RECEIVING,
  finds: ['sender-id'],
};

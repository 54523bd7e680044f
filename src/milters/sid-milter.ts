/** sid-milter: finds the results of Sender ID. Found and asked, never set up. */
import { option, variable } from '../detect/socket-rules.ts';
import { type KnownMilter, RECEIVING } from './known-milter.ts';

export const sidMilter: KnownMilter = {
  name: 'sid-milter',
  services: { freebsd: ['milter-sid'], usual: ['sid-milter'] },
  sockets: {
    freebsd: [option('-p'), variable('miltersid_socket')],
    usual: [option('-p'), variable('SOCKET')],
  },
  conditions: RECEIVING,
  finds: ['sender-id'],
};

/** OpenARC: seals the results that a mail came with (RFC 8617). Found and asked, never set up. */
import { type KnownMilter, trusted } from './known-milter.ts';

export const openarc: KnownMilter = {
  name: 'openarc',
  services: { usual: ['openarc'] },
  sockets: trusted('openarc.conf', '-c'),
  conditions: [],
  usually: { ports: [8894], socket: /\bopenarc\b/ },
  finds: ['arc'],
  judgesBy: { results: ['spf', 'dkim'], why: 'its seal vouches for what the others have found' },
};

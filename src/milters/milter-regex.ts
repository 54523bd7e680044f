/** milter-regex: rejects by regular expressions. Found and asked, never set up. */
import { builtIn, option } from '../detect/socket-rules.ts';
import { type KnownMilter, RECEIVING } from './known-milter.ts';

export const milterRegex: KnownMilter = {
  name: 'milter-regex',
  services: { freebsd: ['milterregex', 'milter-regex'], usual: ['milter-regex'] },
  sockets: {
    freebsd: [option('-p'), builtIn('unix:/var/run/milter-regex/sock')],
    usual: [option('-p'), builtIn('unix:/var/spool/milter-regex/sock')],
  },
  conditions: RECEIVING,
};

/** milter-regex: rejects by regular expressions. Found and asked, never set up. */
import { builtIn, option } from '../detect/socket-rules.ts';
import { type KnownMilter, RECEIVING } from './known-milter.ts';

export const milterRegex: KnownMilter = {
  name: 'milter-regex',
  services: {
    freebsd: ['milterregex', 'milter-regex'],
    centos6: ['milter-regex'],
    redhat: ['milter-regex'],
    debian: ['milter-regex'],
  },
  sockets: {
    freebsd: [option('-p'), builtIn('unix:/var/run/milter-regex/sock')],
    centos6: [option('-p'), builtIn('unix:/var/spool/milter-regex/sock')],
    redhat: [option('-p'), builtIn('unix:/var/spool/milter-regex/sock')],
    debian: [option('-p'), builtIn('unix:/var/spool/milter-regex/sock')],
  },
  conditions: RECEIVING,
};

/** A demo milter that knows one virus: the EICAR test file. It plays clamav-milter's part. */

import { SMFIF, SMFIP } from '../protocol/constants.ts';
import type { Milter } from './milter.ts';
import { run } from './program.ts';
import { TextFinder } from './text-finder.ts';

/** The test file of eicar.org, joined at run time so that this program is not itself taken for a virus. */
const EICAR = Buffer.from(
  ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!', '$H+H*'].join(''),
);

const USAGE = {
  name: 'demo-virus-finder',
  about: 'A demo milter: rejects mails that contain the EICAR test file.',
  numbers: {},
};

function virusFinder(): Milter {
  return {
    name: USAGE.name,
    actions: SMFIF.ADDHDRS,
    silent: SMFIP.NR_MAIL | SMFIP.NR_BODY,
    begin: () => {
      let finder = new TextFinder(EICAR);
      return {
        from: () => {
          finder = new TextFinder(EICAR);
          return 'continue';
        },
        body: (chunk) => {
          finder.take(chunk);
          return 'continue';
        },
        endOfMessage: (changes) => {
          if (finder.found) return { reply: '550 5.7.1 Virus found: Eicar-Test-Signature' };
          changes.addHeader('X-Virus-Scanned', `${USAGE.name} of milter-setup`);
          changes.addHeader('X-Virus-Status', 'Clean');
          return 'continue';
        },
      };
    },
  };
}

run(USAGE, virusFinder);

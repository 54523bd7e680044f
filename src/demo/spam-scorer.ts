/** A demo milter that knows one spam: GTUBE. It plays spamass-milter's part. */

import { SMFIF, SMFIP } from '../protocol/constants.ts';
import type { Milter } from './milter.ts';
import { run } from './program.ts';
import { TextFinder } from './text-finder.ts';

/** The Generic Test for Unsolicited Bulk Email, joined at run time so that this program is not itself blocked. */
const GTUBE = Buffer.from(
  ['XJS*C4JDBQADN1.NSBN3*2IDNEN*', 'GTUBE-STANDARD-', 'ANTI-UBE-TEST-EMAIL', '*C.34X'].join(''),
);

/** SpamAssassin gives GTUBE 1000 points and calls a mail spam from 5. */
const REQUIRED = 5;

const USAGE = {
  name: 'demo-spam-scorer',
  about: 'A demo milter: rejects mails that contain the GTUBE test line.',
  numbers: {},
};

function spamScorer(): Milter {
  return {
    name: USAGE.name,
    actions: SMFIF.ADDHDRS,
    silent: SMFIP.NR_MAIL | SMFIP.NR_HDR | SMFIP.NR_BODY,
    begin: () => {
      let finder = new TextFinder(GTUBE);
      let missing = new Set<string>();
      return {
        from: () => {
          finder = new TextFinder(GTUBE);
          missing = new Set(['date', 'message-id', 'subject']);
          return 'continue';
        },
        header: (name) => {
          missing.delete(name.toLowerCase());
          return 'continue';
        },
        body: (chunk) => {
          finder.take(chunk);
          return 'continue';
        },
        endOfMessage: (changes) => {
          if (finder.found) return { reply: '550 5.7.1 Blocked' };
          // A mail without its usual headers is a little suspicious, as in SpamAssassin's rules.
          const tests = [...missing].map((name) => `MISSING_${name.toUpperCase()}`);
          const score = `score=${tests.length.toFixed(1)} required=${REQUIRED.toFixed(1)}`;
          changes.addHeader('X-Spam-Checker-Version', `${USAGE.name} of milter-setup`);
          changes.addHeader('X-Spam-Status', `No, ${score} tests=${tests.join(',') || 'none'}`);
          return 'continue';
        },
      };
    },
  };
}

run(USAGE, spamScorer);

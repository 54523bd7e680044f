/** The milters that we set up, in the order in which they are offered. */
import { amavisd } from './amavisd.ts';
import { clamav } from './clamav.ts';
import { dkimpy } from './dkimpy.ts';
import { greylist } from './greylist.ts';
import type { Milter } from './milter.ts';
import { opendkim } from './opendkim.ts';
import { opendmarc } from './opendmarc.ts';
import { pyspf } from './pyspf.ts';
import { rspamd } from './rspamd.ts';
import { spamass } from './spamass.ts';

export const MILTERS: readonly Milter[] = [
  greylist,
  clamav,
  spamass,
  opendkim,
  opendmarc,
  pyspf,
  rspamd,
  dkimpy,
  amavisd,
];

/** A milter by its name or its short name. */
export function milterNamed(name: string): Milter | undefined {
  return MILTERS.find((milter) => milter.name === name || milter.short === name);
}

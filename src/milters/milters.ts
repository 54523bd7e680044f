/** The milters that we set up, in the order in which they are offered. */
import { amavisd, amavisdSetup } from './amavisd.ts';
import { clamav, clamavSetup } from './clamav.ts';
import { dkimpy, dkimpySetup } from './dkimpy.ts';
import { greylist, greylistSetup } from './greylist.ts';
import type { Milter } from './milter.ts';
import { opendkim, opendkimSetup } from './opendkim.ts';
import { opendmarc, opendmarcSetup } from './opendmarc.ts';
import { pyspf, pyspfSetup } from './pyspf.ts';
import { rspamd, rspamdSetup } from './rspamd.ts';
import { spamass, spamassSetup } from './spamass.ts';

export const MILTERS: readonly Milter[] = [
  { ...greylist, ...greylistSetup },
  { ...clamav, ...clamavSetup },
  { ...spamass, ...spamassSetup },
  { ...opendkim, ...opendkimSetup },
  { ...opendmarc, ...opendmarcSetup },
  { ...pyspf, ...pyspfSetup },
  { ...rspamd, ...rspamdSetup },
  { ...dkimpy, ...dkimpySetup },
  { ...amavisd, ...amavisdSetup },
];

/** What a fresh host gets where nothing else is chosen. */
export const DEFAULT_MILTERS = MILTERS.filter(({ byDefault }) => byDefault).map(({ name }) => name);

/** A milter by its name or its short name. */
export function milterNamed(name: string): Milter | undefined {
  return MILTERS.find((milter) => milter.name === name || milter.short === name);
}

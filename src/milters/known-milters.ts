/** The milters that we know, in the order in which the manager asks them. */
import { amavisd } from './amavisd.ts';
import { clamav } from './clamav.ts';
import { dkimpy } from './dkimpy.ts';
import { enma } from './enma.ts';
import { greylist } from './greylist.ts';
import type { KnownMilter } from './known-milter.ts';
import { milterRegex } from './milter-regex.ts';
import { openarc } from './openarc.ts';
import { opendkim } from './opendkim.ts';
import { opendmarc } from './opendmarc.ts';
import { pyspf } from './pyspf.ts';
import { rspamd } from './rspamd.ts';
import { sidMilter } from './sid-milter.ts';
import { spamass } from './spamass.ts';

export const KNOWN_MILTERS: readonly KnownMilter[] = [
  // First, so that a message that has to come again costs the others nothing.
  greylist,
  pyspf,
  enma,
  sidMilter,
  opendkim,
  dkimpy,
  openarc,
  opendmarc,
  clamav,
  spamass,
  rspamd,
  amavisd,
  milterRegex,
];

/** What is known of a milter of this name; undefined for one of somebody's own. */
export function knownMilter(name: string): KnownMilter | undefined {
  return KNOWN_MILTERS.find((each) => each.name === name);
}

/** The milter that usually listens on this port, or at this path, of a host; undefined where none is known to. */
export function usuallyAt(place: number | string): KnownMilter | undefined {
  return KNOWN_MILTERS.find(({ usually: { ports, socket } = {} }) =>
    typeof place === 'number' ? ports?.includes(place) : socket?.test(place),
  );
}

/** The milters whose results or changes it must have seen, whether or not they are on this host. */
export function namesBefore({ judgesBy }: KnownMilter): readonly string[] {
  const needed = judgesBy?.results ?? [];
  return KNOWN_MILTERS.filter(({ finds = [] }) => finds.some((each) => needed.includes(each))).map(
    ({ name }) => name,
  );
}

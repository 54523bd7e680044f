/** The milters that we set up, in the order in which they are offered. */
import { clamav } from './clamav.ts';
import { greylist } from './greylist.ts';
import type { Milter } from './milter.ts';
import { opendkim } from './opendkim.ts';
import { spamass } from './spamass.ts';

export const MILTERS: readonly Milter[] = [greylist, clamav, spamass, opendkim];

/** A milter by its name or its short name. */
export function milterNamed(name: string): Milter | undefined {
  return MILTERS.find((milter) => milter.name === name || milter.short === name);
}

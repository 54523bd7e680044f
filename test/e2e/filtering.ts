/** Whether a host filters: the mails that must pass, wait and be refused, from outside. */
import { expect } from 'vitest';
import type { BootedHost } from './host.ts';
import { deliveredMail, DIAL_UP, EICAR, GTUBE, sendMail, WELL_NAMED } from './mail.ts';
import type { DocumentedMilter } from './tested-platforms.ts';

/**
 * A clean mail is delivered with the header of each scanner that is on and of no other; a virus and spam are refused
 * and strangers wait where the milter for that is on.
 */
export async function expectFiltering(
  host: BootedHost,
  on: readonly DocumentedMilter[],
): Promise<void> {
  const clean = await sendMail(host, { client: WELL_NAMED });
  expect(clean.final.code).toBe(250);
  const { headers } = await deliveredMail(host, clean);
  const headerOf = (name: string) => headers.get(name)?.[0]?.split(' ')[0];
  const scanned = (milter: DocumentedMilter, by: string) => (on.includes(milter) ? by : undefined);
  expect(headerOf('x-spam-checker-version')).toBe(scanned('spamass-milter', 'SpamAssassin'));
  expect(headerOf('x-virus-scanned')).toBe(scanned('clamav-milter', 'clamav-milter'));

  const virus = await sendMail(host, { client: WELL_NAMED, body: EICAR });
  expect(virus.final.code).toBe(on.includes('clamav-milter') ? 550 : 250);
  const spam = await sendMail(host, { client: WELL_NAMED, body: GTUBE });
  expect(spam.final.code).toBe(on.includes('spamass-milter') ? 550 : 250);
  const stranger = await sendMail(host, { client: DIAL_UP });
  expect(stranger.final.code).toBe(on.includes('milter-greylist') ? 451 : 250);
}

/** Whether a host filters: the mails that must pass, wait and be refused, from outside. */
import { expect } from 'vitest';
import type { BootedHost } from './host.ts';
import { deliveredMail, DIAL_UP, EICAR, GTUBE, sendMail, WELL_NAMED } from './mail.ts';

/** Clean mail is delivered with the scanners' headers, a virus and spam are refused, strangers wait or not. */
export async function expectFiltering(host: BootedHost, greylisted: boolean): Promise<void> {
  const clean = await sendMail(host, { client: WELL_NAMED });
  expect(clean.final.code).toBe(250);
  const { headers } = await deliveredMail(host, clean);
  expect(headers.get('x-spam-checker-version')?.[0]).toMatch(/^SpamAssassin/);
  expect(headers.get('x-virus-scanned')?.[0]).toMatch(/^clamav-milter/);
  const virus = await sendMail(host, { client: WELL_NAMED, body: EICAR });
  expect(virus.replies.message?.code).toBe(550);
  const spam = await sendMail(host, { client: WELL_NAMED, body: GTUBE });
  expect(spam.replies.message?.code).toBe(550);
  const stranger = await sendMail(host, { client: DIAL_UP });
  expect(stranger.final.code).toBe(greylisted ? 451 : 250);
}

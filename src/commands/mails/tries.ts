/** The tries of one message: a sender that was told to come back comes back, often from a neighbour's address. */
import { isIP } from 'node:net';
import type { KeptMail } from '../../ui/show-mails.ts';

/** Milliseconds after which another message of the same sender is another message: SMTP servers give up by then. */
const LONGEST = 5 * 86_400_000;

/**
 * The tries before and after a message, itself included, oldest first: same network (a /24, or a /64 of IPv6), sender and
 * a recipient, each but the last with a temporary failure.
 */
export function triesOf(mail: KeptMail, all: readonly KeptMail[]): readonly KeptMail[] {
  const like = all.filter((each) => each === mail || isAlike(each, mail));
  const at = like.indexOf(mail);
  let first = at;
  while (first > 0 && isDeferred(like[first - 1]!) && isNear(like[first - 1]!, like[first]!))
    first -= 1;
  let last = at;
  while (last + 1 < like.length && isDeferred(like[last]!) && isNear(like[last]!, like[last + 1]!))
    last += 1;
  return like.slice(first, last + 1);
}

function isDeferred({ status }: KeptMail): boolean {
  return status === 'temporary-failure';
}

function isNear(a: KeptMail, b: KeptMail): boolean {
  return Date.parse(b.time) - Date.parse(a.time) < LONGEST;
}

function isAlike(a: KeptMail, b: KeptMail): boolean {
  const net = networkOf(a.client);
  if (net === undefined || net !== networkOf(b.client) || a.sender !== b.sender) return false;
  return a.recipients.some(({ address }) =>
    b.recipients.some((other) => other.address.toLowerCase() === address.toLowerCase()),
  );
}

/** @param client `mail.example.net[192.0.2.7]` */
function networkOf(client: string | undefined): string | undefined {
  const address = /\[([^\]]+)\]$/.exec(client ?? '')?.[1];
  if (address === undefined) return undefined;
  if (isIP(address) === 4) return address.split('.').slice(0, 3).join('.');
  return isIP(address) === 6 ? address.split(':').slice(0, 4).join(':') : undefined;
}

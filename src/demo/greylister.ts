/** A demo milter that delays unknown senders once. It plays milter-greylist's part. */

import type { Client } from '../protocol/client-address.ts';
import { SMFIF } from '../protocol/constants.ts';
import type { Milter } from './milter.ts';
import { run, type Numbers } from './program.ts';

/** Triplets remembered; the oldest is forgotten first. */
const LARGEST_MEMORY = 10_000;

const USAGE = {
  name: 'demo-greylister',
  about:
    'A demo milter: refuses the first mail of an unknown (client network, sender, recipient) for a while.',
  numbers: { delay: { value: 600, meaning: 'seconds until a retry is let through' } },
};

function greylister({ delay = 0 }: Numbers): Milter {
  /** When each triplet was first seen, in ms. */
  const seen = new Map<string, number>();

  /** Seconds since the triplet was first seen; 0 for a new one. */
  const age = (triplet: string): number => {
    const now = performance.now();
    const first = seen.get(triplet);
    if (first !== undefined) return (now - first) / 1000;
    if (seen.size >= LARGEST_MEMORY) seen.delete(seen.keys().next().value!);
    seen.set(triplet, now);
    return 0;
  };

  return {
    name: USAGE.name,
    actions: SMFIF.ADDHDRS,
    silent: 0,
    begin: () => {
      let network = 'unknown';
      let sender = '<>';
      let waited = 0;
      return {
        connect: (client) => {
          network = networkOf(client);
          return 'continue';
        },
        from: (address) => {
          sender = address.toLowerCase();
          waited = 0;
          return 'continue';
        },
        recipient: (recipient) => {
          const seconds = age([network, sender, recipient.toLowerCase()].join(' '));
          if (seconds < delay || seconds === 0) {
            const wait = Math.max(1, Math.ceil(delay - seconds));
            return {
              reply: `451 4.7.1 Greylisting in action, please come back in ${wait} seconds`,
            };
          }
          waited = Math.max(waited, seconds);
          return 'continue';
        },
        endOfMessage: (changes) => {
          changes.addHeader('X-Greylist', `Delayed for ${duration(waited)} by ${USAGE.name}`);
          return 'continue';
        },
      };
    },
  };
}

/** Clients of one network retry from one another's addresses: IPv4 /24, IPv6 /64. */
function networkOf({ address }: Client): string {
  switch (address.family) {
    case 'inet':
      return address.address.split('.').slice(0, 3).join('.');
    case 'inet6':
      return expanded(address.address).slice(0, 4).join(':');
    case 'unix':
      return address.path;
    case 'unknown':
      return address.family;
  }
}

/** The eight groups of an IPv6 address. */
function expanded(address: string): string[] {
  const [left = [], right] = address
    .toLowerCase()
    .split('::')
    .map((part) => part.split(':').filter(Boolean));
  if (right === undefined) return left;
  return [
    ...left,
    ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'),
    ...right,
  ];
}

/** `00:10:03` */
function duration(seconds: number): string {
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
}

run(USAGE, greylister);

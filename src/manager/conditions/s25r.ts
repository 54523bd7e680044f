/** S25R: apply to clients whose host name looks like that of an end user's line (http://www.gabacho-net.jp/en/anti-spam/). */
import type { Configuration } from '../../manager-config/config.ts';
import type { Condition } from './condition.ts';

const WHITELIST: readonly RegExp[] = [
  /\.google\.com$/,
  /\.obsmtp\.com$/,
  /\.smtp-out\.amazonses\.com$/,
  /\.slack\.com$/,
  /\.mg\.gitlab\.com$/,
  /\.sendgrid\.net$/,
];

const BLACKLIST: readonly RegExp[] = [
  /^unknown$/,
  /^\[.+\]$/,
  // Two groups of digits, with others between them, in the first label.
  /^[^.]*\d[^\d.]+\d.*\./,
  // Five digits in a row in the first label.
  /^[^.]*\d{5}/,
  // The first or second label begins with a digit, and three more follow.
  /^(?:[^.]+\.)?\d[^.]*\.[^.]+\..+\.[a-z]/i,
  // The first label ends in a digit, the second has digit-digit.
  /^[^.]*\d\.[^.]*\d-\d/,
  // The first two of at least five labels end in a digit.
  /^[^.]*\d\.[^.]*\d\.[^.]+\..+\./,
  // An access line by its name, with a digit.
  /^(?:dhcp|dialup|ppp|[achrsvx]?dsl)[^.]*\d/i,
];

/** Longer than any name of the DNS (RFC 1035 2.3.4): whoever has it made it up, and patterns are slow on it. */
const LONGEST_NAME = 255;

export function s25r(settings: Configuration['s25r']): Condition {
  const white = [...settings.whitelist, ...WHITELIST];
  const black = [...settings.blacklist, ...BLACKLIST];
  return {
    atConnect: ({ client: { host, address } }) => {
      if (settings.only_check_ipv4 && address.family !== 'inet') return 'not an IPv4 client';
      if (host.length > LONGEST_NAME) return undefined;
      const listed = white.find((pattern) => pattern.test(host));
      if (listed !== undefined) return `host name is whitelisted by ${String(listed)}`;
      if (black.some((pattern) => pattern.test(host))) return undefined;
      return 'host name is not that of an end user';
    },
  };
}

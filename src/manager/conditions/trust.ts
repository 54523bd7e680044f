/** Trust: tells the child by a macro that the sender's domain is one that milters may trust. */
import type { Configuration } from '../../manager-config/config.ts';
import type { Condition } from './condition.ts';

const TRUSTED: readonly string[] = [
  'gmail.com',
  'hotmail.com',
  'msn.com',
  'yahoo.co.jp',
  'softbank.ne.jp',
  'ezweb.ne.jp',
  'docomo.ne.jp',
  'clear-code.com',
];

export function trust({ envelope_from_domain: own }: Configuration['trust']): Condition {
  // Patterns are slow on what is longer than any name of the DNS (RFC 1035 2.3.4).
  const isTrusted = (domain: string): boolean =>
    domain.length <= 255 &&
    (TRUSTED.includes(domain) || own.some((pattern) => pattern.test(domain)));
  return {
    macrosAtMail: ({ sender }) => {
      const domain = /^<[^@>]+@([^@>]+)>$/.exec(sender)?.[1]?.toLowerCase();
      return domain !== undefined && isTrusted(domain) ? { trusted_domain: 'yes' } : {};
    },
  };
}

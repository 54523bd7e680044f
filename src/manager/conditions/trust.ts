/** Trust: tells the child by a macro that the sender's domain is one that milters may trust (facts 1.7.5). */
import type { Configuration } from '../config.ts';
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

export function trust(settings: Configuration['trust']): Condition {
  const own = settings.envelope_from_domain.map((domain) => domain.toLowerCase());
  const domains = new Set([...TRUSTED, ...own]);
  return {
    macrosAtMail: ({ sender }) => {
      const domain = /^<[^@>]+@([^@>]+)>$/.exec(sender)?.[1]?.toLowerCase();
      return domain !== undefined && domains.has(domain) ? { trusted_domain: 'yes' } : {};
    },
  };
}

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
  const isTrusted = (domain: string): boolean =>
    TRUSTED.includes(domain) || own.some((pattern) => pattern.test(domain));
  return {
    macrosAtMail: ({ sender }) => {
      const domain = /^<[^@>]+@([^@>]+)>$/.exec(sender)?.[1]?.toLowerCase();
      return domain !== undefined && isTrusted(domain) ? { trusted_domain: 'yes' } : {};
    },
  };
}

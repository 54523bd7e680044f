/**
 * What milters found in a message, as the headers tell that they add: spam (SpamAssassin, spamass-milter), viruses
 * (clamav-milter's AddHeader), greylisting (milter-greylist), and Authentication-Results (RFC 8601).
 */
import type { Finding } from '../../history/columns.ts';
import type { Header } from '../../protocol/headers.ts';

const METHODS = ['dkim', 'spf', 'dmarc'] as const;

/** The findings that one added header tells; none of most. */
export function findingsOf({ name, value }: Header): readonly Finding[] {
  const text = value.toString('latin1').trim();
  switch (name.toLowerCase()) {
    case 'x-spam-flag':
      return /^yes\b/i.test(text) ? ['spam'] : [];
    case 'x-virus-status':
      return /^infected\b/i.test(text) ? ['virus'] : [];
    case 'x-greylist':
      return /^delayed for /i.test(text) ? ['greylist_passed'] : [];
    case 'authentication-results':
      return METHODS.flatMap((method) => authentication(method, text));
    default:
      return [];
  }
}

/** One result a method: of several signatures one that passes suffices. */
function authentication(method: (typeof METHODS)[number], text: string): readonly Finding[] {
  const results = [...text.matchAll(new RegExp(`(?:^|[;\\s])${method}\\s*=\\s*([a-z]+)`, 'gi'))];
  const words = results.map(([, word]) => word!.toLowerCase());
  if (words.includes('pass')) return [`${method}_pass`];
  return words.some((word) => word === 'fail' || word === 'hardfail') ? [`${method}_fail`] : [];
}

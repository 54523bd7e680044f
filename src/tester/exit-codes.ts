/** What the exit status of milter-test-server says. */

import type { Result, Verdict } from './result.ts';

export const EXIT_CODES = {
  met: 0,
  'cannot-connect': 1,
  usage: 2,
  reject: 3,
  'temporary-failure': 4,
  discard: 5,
  quarantine: 6,
  timeout: 7,
  'protocol-error': 8,
  /** The mail passed, and another verdict was expected. */
  unexpected: 9,
  /** --user needs root. */
  notPermitted: 77,
} as const;

/** For --help and the manual page. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  met: 'the mail passed or was accepted; with --expect: as expected',
  'cannot-connect': 'cannot connect to the milter',
  usage: 'wrong usage',
  reject: 'rejected',
  'temporary-failure': 'temporary failure',
  discard: 'discarded',
  quarantine: 'quarantined',
  timeout: 'timeout',
  'protocol-error': 'protocol error, or the milter hung up',
  unexpected: 'passed, and --expect names other verdicts; --scenario: another answer',
  notPermitted: '--user needs root',
};

export const THREADS_STATUS =
  'With several threads, that of the first session that did not end with 0.';

/** Printed at the end of --help. */
export const EXIT_CODES_HELP = `
Exit status:
${Object.entries(EXIT_CODES)
  .map(
    ([name, code]) =>
      `  ${String(code).padEnd(4)}${EXIT_MEANINGS[name as keyof typeof EXIT_CODES]}`,
  )
  .join('\n')}
${THREADS_STATUS}`;

/** "pass" is also met by accept: both mean that the milter has nothing against the mail. */
export function meets(status: Result['status'], expected: readonly Verdict[]): boolean {
  return expected.some((each) => each === status || (each === 'pass' && status === 'accept'));
}

export function exitCodeOf(
  { status }: Pick<Result, 'status'>,
  expected: readonly Verdict[] | undefined,
): number {
  if (meets(status, expected ?? ['pass'])) return EXIT_CODES.met;
  return status === 'pass' || status === 'accept' ? EXIT_CODES.unexpected : EXIT_CODES[status];
}

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

/** Printed at the end of --help. */
export const EXIT_CODES_HELP = `
Exit status:
  0   the mail passed or was accepted; --expect: the verdict is an expected one
  1   cannot connect to the milter
  2   wrong usage
  3   rejected            4   temporary failure
  5   discarded           6   quarantined
  7   timeout             8   protocol error, or the milter hung up
  9   the mail passed, but --expect names other verdicts;
      --scenario: the milter gave another answer
  77  --user needs root
With several threads, that of the first session that did not end with 0.`;

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

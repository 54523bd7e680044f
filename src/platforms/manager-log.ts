/** Prints the lines that the milter manager logged lately. */
import type { Command } from '../change/change.ts';

/** As many as the mails of some minutes have on a busy host. */
const LINES = '5000';

/** @param since milliseconds since 1970 */
export const journalLines = (since: number): Command => ({
  argv: [
    ...['journalctl', '--no-pager', '-o', 'cat', '-t', 'milter-manager', '-n', LINES],
    ...['--since', `@${Math.floor(since / 1000)}`],
  ],
});

/** A file cannot tell since when. */
export const mailLogLines = (path: string) => (): Command => ({
  argv: ['tail', '-n', LINES, path],
});

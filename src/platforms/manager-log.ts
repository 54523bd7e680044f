/** Prints the lines that the milter manager logged lately. */
import type { Command } from '../change/change.ts';
import type { PlatformName } from './platform.ts';

/** As many as the mails of some minutes have on a busy host. */
const LINES = '5000';

const journal = (since: number): Command => ({
  argv: [
    ...['journalctl', '--no-pager', '-o', 'cat', '-t', 'milter-manager', '-n', LINES],
    ...['--since', `@${Math.floor(since / 1000)}`],
  ],
});
const file = (): Command => ({ argv: ['tail', '-n', LINES, '/var/log/maillog'] });

/** Since that time (milliseconds since 1970), where the log can tell. */
export const MANAGER_LOG: Readonly<Record<PlatformName, (since: number) => Command>> = {
  freebsd: file,
  centos6: file,
  redhat: journal,
  debian: journal,
};

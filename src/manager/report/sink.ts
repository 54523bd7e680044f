/** Where lines of the log end up: a file, standard output, syslog. */
import type { LogLevel } from '../../manager-config/keys.ts';
import type { Printable } from './printable.ts';

/** One line, finished but for time and prefix. */
export interface Sink {
  /** @param time RFC 3339, for those that add none of their own; empty where the line has it */
  write(level: LogLevel, line: Printable, time: string): void;
  /** The file was renamed: open it again by its name. */
  reopen(): void;
  /** Resolves when all is written, or cannot be in a reasonable time. */
  close(): void | Promise<void>;
}

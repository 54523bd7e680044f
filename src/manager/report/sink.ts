/** Where lines of the log end up: a file, standard output, syslog. */
import type { LogLevel } from '../../manager-config/keys.ts';

/** One line, finished but for time and prefix. */
export interface Sink {
  write(level: LogLevel, line: string): void;
  /** The file was renamed: open it again by its name. */
  reopen(): void;
  /** Resolves when all is written, or cannot be in a reasonable time. */
  close(): void | Promise<void>;
}

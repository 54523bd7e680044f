/** Syslog: Node has no datagram UNIX sockets, so one `logger` runs as long as we do and is fed line by line. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { LogLevel } from '../../manager-config/keys.ts';
import type { Printable } from './printable.ts';
import { Batch } from './batch.ts';
import type { Sink } from './sink.ts';

/** Milliseconds before a logger that ended is started again. */
const RESTART_DELAY = 1000;

/** Bytes that wait for a disk or a reader that stands still: above, lines are dropped rather than memory filled. */
export const MOST_WAITING = 1024 * 1024;

export class SyslogPipe implements Sink {
  private logger: ChildProcess | undefined;
  private closed = false;
  private readonly batch = new Batch((text) => {
    const input = this.logger?.stdin;
    if (input?.writable && input.writableLength < MOST_WAITING) input.write(text);
  });

  /** @param facility `mail` and the like; one priority for all lines, as logger's input has no levels everywhere */
  constructor(private readonly facility: string) {
    this.start();
  }

  write(_level: LogLevel, line: Printable): void {
    this.batch.add(`${line}\n`);
  }

  reopen(): void {
    // Nothing to do: the system's own daemon opens its files.
  }

  close(): void {
    this.closed = true;
    this.batch.flushNow();
    this.logger?.stdin?.end();
  }

  private start(): void {
    const argv = ['-p', `${this.facility}.info`, '-t', `milter-manager[${process.pid}]`];
    const logger = spawn('logger', argv, { stdio: ['pipe', 'ignore', 'ignore'] });
    logger.on('error', () => undefined);
    logger.stdin.on('error', () => undefined);
    logger.on('close', () => this.restart());
    logger.unref();
    this.logger = logger;
  }

  private restart(): void {
    this.logger = undefined;
    if (!this.closed) setTimeout(() => this.start(), RESTART_DELAY).unref();
  }
}

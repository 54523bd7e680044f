/** The log: lines by level to wherever the configuration sends them. Nothing here waits for a disk or a pipe. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { LOG_LEVELS, type LogLevel } from './config-keys.ts';
import type { LogSettings } from './config.ts';
import { SyslogPipe } from './syslog-pipe.ts';

/** One line, finished but for time and prefix. */
export interface Sink {
  write(level: LogLevel, line: string): void;
  /** The file was renamed: open it again by its name. */
  reopen(): void;
  close(): void;
}

/** Where lines go. */
export interface LogTargets {
  /** Write to standard output: the program runs in the foreground. */
  readonly stdout: boolean;
  /** Where the log file is on this machine. */
  readonly locate: (path: string) => string;
}

/** Severities of RFC 5424, which systemd reads as `<N>` before a line. */
const SEVERITY: Readonly<Record<LogLevel, number>> = { error: 3, warning: 4, info: 6, debug: 7 };

export class Log {
  private sinks: readonly Sink[] = [];
  private deepest = LOG_LEVELS.indexOf('info');

  /** Sends lines to the targets of these settings from now on. */
  configure(settings: LogSettings, targets: LogTargets): void {
    for (const sink of this.sinks) sink.close();
    const sinks: Sink[] = [];
    if (targets.stdout) sinks.push(process.env.JOURNAL_STREAM ? journal : standardOutput);
    if (settings.path === '-') sinks.push(standardOutput);
    else if (settings.path !== undefined) sinks.push(new LogFile(targets.locate(settings.path)));
    if (settings.use_syslog && !targets.stdout)
      sinks.push(new SyslogPipe(settings.syslog_facility));
    this.sinks = sinks;
    this.deepest = LOG_LEVELS.indexOf(settings.level);
  }

  /** Whether lines of a level go anywhere: what is not written need not be put into words. */
  takes(level: LogLevel): boolean {
    return this.sinks.length > 0 && LOG_LEVELS.indexOf(level) <= this.deepest;
  }

  write(level: LogLevel, line: string): void {
    if (!this.takes(level)) return;
    for (const sink of this.sinks) sink.write(level, line);
  }

  reopen(): void {
    for (const sink of this.sinks) sink.reopen();
  }

  close(): void {
    for (const sink of this.sinks) sink.close();
    this.sinks = [];
  }
}

/** Gathers what one turn of the event loop has to say into one write. */
class Batch {
  private text = '';

  constructor(private readonly flush: (text: string) => void) {}

  add(line: string): void {
    if (this.text === '') setImmediate(() => this.flushNow());
    this.text += line;
  }

  flushNow(): void {
    const { text } = this;
    this.text = '';
    if (text !== '') this.flush(text);
  }
}

const output = new Batch((text) => process.stdout.write(text));

const standardOutput: Sink = {
  write: (_level, line) => output.add(`${new Date().toISOString()} ${line}\n`),
  reopen: () => undefined,
  close: () => output.flushNow(),
};

const journal: Sink = {
  write: (level, line) => output.add(`<${SEVERITY[level]}>${line}\n`),
  reopen: () => undefined,
  close: () => output.flushNow(),
};

class LogFile implements Sink {
  private stream: WriteStream;
  private readonly batch = new Batch((text) => this.stream.write(text));

  constructor(private readonly path: string) {
    this.stream = this.open();
  }

  write(_level: LogLevel, line: string): void {
    this.batch.add(`${new Date().toISOString()} ${line}\n`);
  }

  reopen(): void {
    this.close();
    this.stream = this.open();
  }

  close(): void {
    this.batch.flushNow();
    this.stream.end();
  }

  private open(): WriteStream {
    const stream = createWriteStream(this.path, { flags: 'a', mode: 0o640 });
    stream.on('error', (error) =>
      process.stderr.write(`log file ${this.path}: ${error.message}\n`),
    );
    return stream;
  }
}

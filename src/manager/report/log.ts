/** The log: lines by level to wherever the configuration sends them. Nothing here waits for a disk or a pipe. */
import { constants, createWriteStream, openSync, type WriteStream } from 'node:fs';
import { LOG_LEVELS, type LogLevel } from '../../manager-config/keys.ts';
import type { LogSettings } from '../../manager-config/config.ts';
import { printable, type Printable } from './printable.ts';
import { Batch } from './batch.ts';
import type { Sink } from './sink.ts';
import { MOST_WAITING, SyslogPipe } from './syslog-pipe.ts';

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;

/** Where lines go. */
export interface LogTargets {
  /** Write to standard output: the program runs in the foreground. */
  readonly stdout: boolean;
  /** Where the log file is on this machine. */
  readonly locate: (path: string) => string;
}

/** Severities of RFC 5424, which systemd reads as `<N>` before a line. */
const SEVERITY: Readonly<Record<LogLevel, number>> = { error: 3, warning: 4, info: 6, debug: 7 };

/** What a line says: as text, and to a program; the fields are the whole line where the log is JSON. */
export interface Entry {
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class Log {
  private sinks: readonly Sink[] = [];
  private deepest = LOG_LEVELS.indexOf('info');
  private json = false;

  /** Sends lines to the targets of these settings from now on. */
  configure(settings: LogSettings, targets: LogTargets): void {
    const path = settings.path && settings.path !== '-' ? targets.locate(settings.path) : undefined;
    const kept = this.sinks.find((sink) => sink instanceof LogFile && sink.path === path);
    for (const sink of this.sinks) if (sink !== kept) void sink.close();
    kept?.reopen();
    const sinks: Sink[] = [];
    if (targets.stdout) sinks.push(process.env.JOURNAL_STREAM ? journal : standardOutput);
    if (settings.path === '-') sinks.push(standardOutput);
    else if (path !== undefined) sinks.push(kept ?? new LogFile(path));
    if (settings.use_syslog && !targets.stdout)
      sinks.push(new SyslogPipe(settings.syslog_facility));
    this.sinks = sinks;
    this.deepest = LOG_LEVELS.indexOf(settings.level);
    this.json = settings.format === 'json';
  }

  /** Whether lines of a level go anywhere: what is not written need not be put into words. */
  takes(level: LogLevel): boolean {
    return this.sinks.length > 0 && LOG_LEVELS.indexOf(level) <= this.deepest;
  }

  write(level: LogLevel, entry: string | Entry): void {
    if (!this.takes(level)) return;
    const time = new Date().toISOString();
    const line = printable(this.json ? asJson(time, level, entry) : asText(entry));
    for (const sink of this.sinks) sink.write(level, line, this.json ? '' : `${time} `);
  }

  reopen(): void {
    for (const sink of this.sinks) sink.reopen();
  }

  async close(): Promise<void> {
    const { sinks } = this;
    this.sinks = [];
    await Promise.all(sinks.map(async (sink) => await sink.close()));
  }
}

function asText(entry: string | Entry): string {
  return typeof entry === 'string' ? entry : entry.text;
}

function asJson(time: string, level: LogLevel, entry: string | Entry): string {
  const fields = typeof entry === 'string' ? { event: 'message', message: entry } : entry.fields;
  const escape = (byte: string): string => `\\u00${byte.charCodeAt(0).toString(16)}`;
  return JSON.stringify({ time, level, ...fields }).replace(/[\x7f-\x9f]/g, escape);
}

const output = new Batch((text) => {
  if (process.stdout.writableLength <= MOST_WAITING) process.stdout.write(text);
});

const standardOutput: Sink = {
  write: (_level, line, time) => output.add(`${time}${line}\n`),
  reopen: () => undefined,
  close: () => output.flushNow(),
};

const journal: Sink = {
  write: (level, line) => output.add(`<${SEVERITY[level]}>${line}\n`),
  reopen: () => undefined,
  close: () => output.flushNow(),
};

/** Milliseconds before a file that could not be written is opened again. */
const RETRY_DELAY = 1000;
/** Milliseconds that the last lines have to reach the disk when we end. */
const LAST_WRITE = 1000;

class LogFile implements Sink {
  private stream: WriteStream | undefined;
  private complaint: string | undefined;
  private closed = false;
  private readonly batch = new Batch((text) => {
    if (this.stream === undefined || this.stream.writableLength > MOST_WAITING) return;
    this.stream.write(text, (error) => {
      if (!error) this.complaint = undefined;
    });
  });

  constructor(readonly path: string) {
    this.reopen();
  }

  write(_level: LogLevel, line: Printable, time: string): void {
    this.batch.add(`${time}${line}\n`);
  }

  /** Where it cannot be had by its name (any more: rights may have been dropped), what is open goes on. */
  reopen(): void {
    this.batch.flushNow();
    const fresh = this.open();
    if (fresh === undefined) return;
    this.stream?.end();
    this.stream = fresh;
  }

  close(): Promise<void> {
    this.closed = true;
    this.batch.flushNow();
    const { stream } = this;
    if (stream === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      setTimeout(resolve, LAST_WRITE).unref();
      stream.end(() => resolve());
    });
  }

  private open(): WriteStream | undefined {
    try {
      // A pipe without a reader must not stop us here.
      const fd = openSync(this.path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o640);
      const stream = createWriteStream(this.path, { fd });
      stream.on('error', (error) => {
        if (this.stream === stream) this.stream = undefined;
        this.failed(error);
      });
      return stream;
    } catch (error) {
      this.failed(error as Error);
      return undefined;
    }
  }

  /** Says so once, there and on standard error, and tries again: a disk that is full is emptied some day. */
  private failed({ message }: Error): void {
    if (message !== this.complaint) {
      this.complaint = message;
      process.stderr.write(`log file ${this.path}: ${message}\n`);
      const line = printable(`log file ${this.path}: ${message}`);
      this.write('error', line, `${new Date().toISOString()} `);
    }
    if (this.stream !== undefined || this.closed) return;
    setTimeout(() => {
      if (this.stream === undefined && !this.closed) this.reopen();
    }, RETRY_DELAY).unref();
  }
}

/**
 * The mails of late, one JSON object a line, in two files that take turns: what `log` and `explain` read. No subject and
 * no content; addresses are in it, so only its owner and group may read it.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ReadFile } from './history-file.ts';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
const CURRENT = 'recent.jsonl';
const BEFORE = 'recent.before.jsonl';
const MODE = 0o640;
/** Bytes of each of the two files. */
const MOST = 2 * 1024 * 1024;

/** Appends to the file of a directory; several processes may do so at once. */
export class RecentWriter {
  private fd: number | undefined;
  private waiting = '';
  private failing = false;

  /** @param warn tells what is wrong, once each time that it begins */
  constructor(
    private readonly directory: string,
    private readonly warn: (text: string) => void,
    private readonly most = MOST,
  ) {}

  /** Written when the turn of the event loop ends. */
  add(line: object): void {
    if (this.waiting === '') setImmediate(() => this.flush());
    this.waiting += `${JSON.stringify(line)}\n`;
  }

  /** Writes what waits. What the disk does not take is lost: the log has it too. */
  flush(): void {
    const text = this.waiting;
    this.waiting = '';
    if (text === '') return;
    try {
      writeSync(this.open(), text);
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.warn(`recent mails: ${(error as Error).message}`);
      this.failing = true;
      this.close();
    }
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  private open(): number {
    const path = join(this.directory, CURRENT);
    if (this.fd !== undefined && fstatSync(this.fd).size >= this.most) {
      // Where another process has done it already, the name is that of a new file.
      if (isAt(this.fd, path)) renameSync(path, join(this.directory, BEFORE));
      this.close();
    }
    if (this.fd === undefined) {
      mkdirSync(this.directory, { recursive: true, mode: 0o750 });
      this.fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, MODE);
    }
    return this.fd;
  }
}

function isAt(fd: number, path: string): boolean {
  return existsSync(path) && statSync(path).ino === fstatSync(fd).ino;
}

/** The lines of both files, oldest first; one that is not whole is left out. */
export function readRecent(
  read: ReadFile,
  directory: string,
): readonly Readonly<Record<string, unknown>>[] {
  return [BEFORE, CURRENT].flatMap((name) => {
    const bytes = read(join(directory, name));
    return bytes === undefined ? [] : bytes.toString('utf8').split('\n').flatMap(parse);
  });
}

function parse(line: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? [value as Record<string, unknown>] : [];
  } catch {
    return [];
  }
}

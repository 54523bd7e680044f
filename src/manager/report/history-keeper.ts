/** Writes what was counted into the histories on the disk: one of the manager, one of each child. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CHILD_COLUMNS, MANAGER_COLUMNS, type Numbers } from '../../history/columns.ts';
import { HistoryWriter } from '../../history/history-file.ts';
import { childHistory, MANAGER_HISTORY } from '../../history/places.ts';
import type { Tallied } from './tally.ts';

/** Milliseconds between two writes: what kill -9 can cost. */
const PERIOD = 10_000;

export class HistoryKeeper {
  private readonly writers = new Map<string, HistoryWriter>();
  private readonly timer: NodeJS.Timeout;
  private complaint: string | undefined;

  /**
   * @param directory where they are; made where only it is missing
   * @param take what was counted since the last time
   * @param warn tells what is wrong, once each time that it changes
   */
  constructor(
    private readonly directory: string,
    private readonly take: () => Promise<Tallied>,
    private readonly warn: (text: string) => void,
    private readonly now: () => number = () => Date.now(),
  ) {
    this.timer = setInterval(() => void this.write(), PERIOD);
    this.timer.unref();
  }

  /** Writes what there is. Where the disk does not take it, it is kept for the next time. */
  async write(): Promise<void> {
    const { manager, children } = await this.take();
    const now = this.now();
    this.add(MANAGER_HISTORY, MANAGER_COLUMNS, now, manager);
    for (const [name, numbers] of Object.entries(children))
      this.add(childHistory(name), CHILD_COLUMNS, now, numbers);
  }

  /** Writes the last, and ends. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
    for (const writer of this.writers.values()) writer.close();
    this.writers.clear();
  }

  private add(file: string, columns: readonly string[], now: number, numbers: Numbers): void {
    try {
      mkdirSync(this.directory, { recursive: true, mode: 0o750 });
      this.writerOf(file, columns).add(now, numbers);
      this.complaint = undefined;
    } catch (error) {
      const text = `history ${join(this.directory, file)}: ${(error as Error).message}`;
      if (text !== this.complaint) this.warn(text);
      this.complaint = text;
    }
  }

  private writerOf(file: string, columns: readonly string[]): HistoryWriter {
    let writer = this.writers.get(file);
    if (writer === undefined) {
      writer = new HistoryWriter(join(this.directory, file), columns);
      this.writers.set(file, writer);
    }
    return writer;
  }
}

/** Counts for the history what sessions report, until the next time that they are taken. */
import { add, latencyColumn, type Numbers } from '../../history/columns.ts';
import type { Failure } from '../child/failure.ts';
import type { StageName } from '../session/commands.ts';
import { letThroughWithout, type ChildReport, type MailReport, type Observer } from './report.ts';

/** What happened since the last time, of the manager and of each child by name. */
export interface Tallied {
  readonly manager: Numbers;
  readonly children: Readonly<Record<string, Numbers>>;
}

type Counts = Record<string, number>;

export class Tally implements Observer {
  private manager: Counts = {};
  private children: Record<string, Counts> = {};

  /** @param openSessions sessions open in this process */
  constructor(private readonly openSessions: () => number) {}

  mailEnded(report: MailReport): void {
    count(this.manager, report.status === 'skip' ? 'pass' : report.status);
    if (letThroughWithout(report).length > 0) count(this.manager, 'unfiltered');
    time(this.manager, report.seconds);
    this.manager['recipients'] = (this.manager['recipients'] ?? 0) + report.recipientCount;
    this.manager['kilobytes'] = (this.manager['kilobytes'] ?? 0) + Math.ceil(report.bytes / 1024);
    const found = new Set(report.children.flatMap(({ findings }) => findings ?? []));
    for (const finding of found) count(this.manager, finding);
    for (const child of report.children) this.tookPart(child);
  }

  private tookPart(report: ChildReport): void {
    const { name, status, fallback, asked, condition, milliseconds, findings = [] } = report;
    const counts = this.countsOf(name);
    for (const finding of findings) count(counts, finding);
    if (condition !== undefined) count(counts, 'stop');
    else if (fallback) count(counts, `fallback_${status}`);
    else count(counts, status === 'continue' || status === 'skip' ? 'pass' : status);
    if (asked) time(counts, milliseconds / 1000);
  }

  sessionBegan(): void {
    peak(this.manager, 'peak_sessions', this.openSessions());
  }

  sessionEnded(): void {
    count(this.manager, 'sessions');
  }

  childFailed(_session: number, child: string, _stage: StageName, { kind }: Failure): void {
    count(this.countsOf(child), kind);
  }

  shadowEnded(_session: number, report: ChildReport): void {
    this.tookPart(report);
  }

  headerAdded(): void {
    // What it tells is in the mail's report.
  }

  warn(): void {
    // For the log only.
  }

  /** What was counted since the last time; counting begins anew. */
  take(): Tallied {
    const taken = { manager: this.manager, children: this.children };
    this.manager = {};
    this.children = {};
    peak(this.manager, 'peak_sessions', this.openSessions());
    return taken;
  }

  private countsOf(child: string): Counts {
    return (this.children[child] ??= {});
  }
}

/** What several processes counted in the same time. Sessions that were open in each were open together. */
export function addTallies(all: readonly Tallied[]): Tallied {
  let manager: Numbers = {};
  const children: Record<string, Numbers> = {};
  for (const each of all) {
    const peak_sessions = (manager['peak_sessions'] ?? 0) + (each.manager['peak_sessions'] ?? 0);
    manager = { ...add(manager, each.manager), peak_sessions };
    for (const [name, numbers] of Object.entries(each.children))
      children[name] = add(children[name] ?? {}, numbers);
  }
  return { manager, children };
}

function count(counts: Counts, column: string): void {
  counts[column] = (counts[column] ?? 0) + 1;
}

function peak(counts: Counts, column: string, value: number): void {
  counts[column] = Math.max(counts[column] ?? 0, value);
}

function time(counts: Counts, seconds: number): void {
  count(counts, latencyColumn(seconds));
  counts['milliseconds'] = (counts['milliseconds'] ?? 0) + seconds * 1000;
}

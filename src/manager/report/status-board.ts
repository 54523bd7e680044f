/** What each child did last, and how often it did what: for `GET /status`, which `milter-setup status` asks. */
import type { StageName } from '../session/commands.ts';
import type { Failure } from '../child/failure.ts';
import { letThroughWithout, type ChildReport, type MailReport, type Observer } from './report.ts';

/** A verdict of a child on one mail. */
export interface LastVerdict {
  readonly status: ChildReport['status'];
  readonly stage: StageName;
  readonly milliseconds: number;
  /** ISO 8601. */
  readonly at: string;
  /** Why it is its fallback, which it is where this is there. */
  readonly reason?: string;
  readonly fallback: boolean;
}

export interface LastFailure {
  readonly kind: Failure['kind'];
  readonly reason: string;
  readonly stage: StageName;
  readonly at: string;
}

export interface ChildStatus {
  readonly name: string;
  readonly last: LastVerdict | null;
  /** Mails by its own verdict; `stop`: a condition kept it from being asked. */
  readonly mails: Readonly<Record<string, number>>;
  /** Mails by the fallback that counted in its place. */
  readonly fallbacks: Readonly<Record<string, number>>;
  readonly failures: number;
  readonly lastFailure: LastFailure | null;
  /** The breaker holds it out after failures in a row. */
  readonly leftAlone: boolean;
}

/** Of one process; with workers the supervisor adds them up. */
export interface ProcessStatus {
  readonly openSessions: number;
  readonly sessions: number;
  readonly mails: Readonly<Record<string, number>>;
  /** Mails that were let through although a child could not be asked. */
  readonly unfiltered: number;
  /** Those that are asked, in order. */
  readonly milters: readonly ChildStatus[];
}

/** A child as the runtime knows it. */
interface Known {
  readonly settings: { readonly name: string };
  readonly breaker: { readonly isOpen: boolean };
}

/** Times stay numbers until somebody asks: a mail must not pay for their formatting. */
interface Entry {
  last: { readonly report: ChildReport; readonly at: number } | undefined;
  readonly mails: Map<string, number>;
  readonly fallbacks: Map<string, number>;
  failures: number;
  lastFailure:
    { readonly failure: Failure; readonly stage: StageName; readonly at: number } | undefined;
}

/** One entry a child, so that it does not grow with the mails. */
export class StatusBoard implements Observer {
  private readonly entries = new Map<string, Entry>();
  private readonly mails = new Map<string, number>();
  private sessions = 0;
  private unfiltered = 0;

  constructor(
    private readonly milters: () => readonly Known[],
    private readonly openSessions: () => number,
  ) {}

  /** Forgets the children that a new configuration no longer has. */
  configure(): void {
    const names = this.milters().map(({ settings }) => settings.name);
    for (const name of this.entries.keys()) if (!names.includes(name)) this.entries.delete(name);
  }

  mailEnded(mail: MailReport): void {
    const at = Date.now();
    count(this.mails, mail.status);
    if (letThroughWithout(mail).length > 0) this.unfiltered += 1;
    for (const report of mail.children) this.tookPart(report, at);
  }

  sessionEnded(): void {
    this.sessions += 1;
  }

  childFailed(_session: number, child: string, stage: StageName, failure: Failure): void {
    const entry = this.entryOf(child);
    entry.failures += 1;
    entry.lastFailure = { failure, stage, at: Date.now() };
  }

  shadowEnded(_session: number, report: ChildReport): void {
    this.tookPart(report, Date.now());
  }

  headerAdded(): void {
    // For the log's statistics only.
  }

  warn(): void {
    // For the log only.
  }

  values(): ProcessStatus {
    return {
      openSessions: this.openSessions(),
      sessions: this.sessions,
      mails: Object.fromEntries(this.mails),
      unfiltered: this.unfiltered,
      milters: this.milters().map(({ settings: { name }, breaker }) => ({
        ...tell(name, this.entries.get(name)),
        leftAlone: breaker.isOpen,
      })),
    };
  }

  private tookPart(report: ChildReport, at: number): void {
    const entry = this.entryOf(report.name);
    count(report.fallback ? entry.fallbacks : entry.mails, report.status);
    // What a condition kept from it says nothing about the child.
    if (report.status !== 'stop') entry.last = { report, at };
  }

  private entryOf(name: string): Entry {
    let entry = this.entries.get(name);
    if (entry === undefined) {
      entry = {
        ...{ last: undefined, mails: new Map(), fallbacks: new Map() },
        ...{ failures: 0, lastFailure: undefined },
      };
      this.entries.set(name, entry);
    }
    return entry;
  }
}

function tell(name: string, entry: Entry | undefined): Omit<ChildStatus, 'leftAlone'> {
  const { last, lastFailure } = entry ?? {};
  return {
    name,
    last: last === undefined ? null : verdictOf(last.report, last.at),
    mails: Object.fromEntries(entry?.mails ?? []),
    fallbacks: Object.fromEntries(entry?.fallbacks ?? []),
    failures: entry?.failures ?? 0,
    lastFailure:
      lastFailure === undefined
        ? null
        : { ...lastFailure.failure, stage: lastFailure.stage, at: isoTime(lastFailure.at) },
  };
}

function verdictOf(
  { status, stage, milliseconds, reason, fallback }: ChildReport,
  at: number,
): LastVerdict {
  return {
    ...{ status, stage, fallback, at: isoTime(at) },
    milliseconds: Math.round(milliseconds * 1000) / 1000,
    ...(reason !== undefined && { reason }),
  };
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

/** Several processes as one: counts are summed, of what was last the newest counts. */
export function addUp(processes: readonly ProcessStatus[]): ProcessStatus {
  const milters = new Map<string, ChildStatus>();
  for (const child of processes.flatMap((each) => each.milters)) {
    const other = milters.get(child.name);
    milters.set(child.name, other === undefined ? child : addChildren(other, child));
  }
  return {
    openSessions: sum(processes.map((each) => each.openSessions)),
    sessions: sum(processes.map((each) => each.sessions)),
    mails: addCounts(processes.map((each) => each.mails)),
    unfiltered: sum(processes.map((each) => each.unfiltered)),
    milters: [...milters.values()],
  };
}

function addChildren(a: ChildStatus, b: ChildStatus): ChildStatus {
  return {
    name: a.name,
    last: newer(a.last, b.last),
    mails: addCounts([a.mails, b.mails]),
    fallbacks: addCounts([a.fallbacks, b.fallbacks]),
    failures: a.failures + b.failures,
    lastFailure: newer(a.lastFailure, b.lastFailure),
    leftAlone: a.leftAlone || b.leftAlone,
  };
}

function newer<Event extends { readonly at: string }>(
  a: Event | null,
  b: Event | null,
): Event | null {
  if (a === null || b === null) return a ?? b;
  return a.at < b.at ? b : a;
}

function addCounts(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const each of all)
    for (const [what, n] of Object.entries(each)) counts[what] = (counts[what] ?? 0) + n;
  return counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

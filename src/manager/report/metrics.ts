/** Counters and histograms of this process for Prometheus; with workers, the supervisor adds theirs up. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { LATENCY_BOUNDS } from '../../history/columns.ts';
import type { ConditionName } from '../../manager-config/keys.ts';
import type { Failure } from '../child/failure.ts';
import type { StageName } from '../session/commands.ts';
import { letThroughWithout, type ChildReport, type MailReport, type Observer } from './report.ts';

/** The values of one process, as prom-client passes them between processes. */
export type MetricValues = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** A child as the runtime knows it. */
export interface KnownChild {
  readonly settings: { readonly name: string; readonly evaluation_mode: boolean };
  readonly conditions: readonly { readonly name: ConditionName }[];
  readonly breaker: { readonly isOpen: boolean };
}

const MAIL_STATUSES = ['pass', 'accept', 'temporary-failure', 'reject', 'discard', 'abort'];
/** What a child can answer to a message. */
const VERDICTS = ['pass', 'accept', 'temporary-failure', 'reject', 'discard'];
const FALLBACKS = ['accept', 'temporary-failure', 'reject', 'discard'];
const FAILURES: readonly Failure['kind'][] = [
  ...(['unreachable', 'timeout', 'closed', 'garbage', 'resources'] as const),
];

/** One time series of a child. */
interface Series {
  readonly counter: Counter;
  readonly labels: Readonly<Record<string, string>>;
}

export class Metrics implements Observer {
  private readonly registry = new Registry();
  /** The series of each child of the configuration. */
  private readonly known = new Map<string, readonly Series[]>();
  private readonly mails = new Counter({
    ...this.named('mails_total', 'Messages by verdict'),
    labelNames: ['status'],
  });
  private readonly unfiltered = new Counter(
    this.named(
      'mails_unfiltered_total',
      'Messages let through without a child: its fallback counted',
    ),
  );
  private readonly mailSeconds = new Histogram({
    ...this.named('mail_seconds', 'From MAIL to the reply'),
    buckets: [...LATENCY_BOUNDS],
  });
  private readonly childMails: Counter = new Counter({
    ...this.named('child_mails_total', 'Messages by verdict of each child'),
    labelNames: ['child', 'status'],
  });
  private readonly childFallbacks: Counter = new Counter({
    ...this.named('child_fallbacks_total', 'Messages by fallback that counted in place of a child'),
    labelNames: ['child', 'status'],
  });
  private readonly childStopped: Counter = new Counter({
    ...this.named('child_stopped_total', 'Messages that a condition kept from a child'),
    labelNames: ['child', 'condition'],
  });
  private readonly childSeconds = new Histogram({
    ...this.named('child_seconds', 'Time that a child took for one message'),
    labelNames: ['child'],
    buckets: [...LATENCY_BOUNDS],
  });
  private readonly childFailures: Counter = new Counter({
    ...this.named('child_failures_total', 'Failures of children'),
    labelNames: ['child', 'kind'],
  });
  private readonly childLast = new Gauge({
    ...this.named('child_last_verdict_timestamp_seconds', 'When a child last gave a verdict'),
    labelNames: ['child'],
    aggregator: 'max',
  });
  private readonly shadowMails: Counter = new Counter({
    ...this.named('shadow_mails_total', 'Messages by what children in evaluation mode would do'),
    labelNames: ['child', 'status'],
  });
  private readonly sessions = new Counter(this.named('sessions_total', 'Sessions that ended'));

  /**
   * @param children those of the configuration in force
   * @param openSessions sessions open in this process
   * @param sessionLimit sessions that may be open in this process
   */
  constructor(
    private readonly children: () => readonly KnownChild[],
    openSessions: () => number,
    sessionLimit: () => number,
  ) {
    new Gauge({
      ...this.named('open_sessions', 'Sessions that are open'),
      collect() {
        this.set(openSessions());
      },
    });
    new Gauge({
      ...this.named('child_suspended', 'Whether a child is left alone after repeated failures'),
      labelNames: ['child'],
      aggregator: 'max',
      collect() {
        this.reset();
        for (const { settings, breaker } of children())
          this.set({ child: settings.name }, breaker.isOpen ? 1 : 0);
      },
    });
    new Gauge({
      ...this.named('session_limit', 'Sessions that may be open'),
      collect() {
        this.set(sessionLimit());
      },
    });
    for (const status of MAIL_STATUSES) this.mails.inc({ status }, 0);
    this.configure();
  }

  /**
   * Gives every series that may come its zero, so that a first event is an increase, and forgets the children that the
   * configuration no longer has.
   */
  configure(): void {
    const children = this.children();
    const names = new Set(children.map(({ settings }) => settings.name));
    for (const [child, series] of this.known) {
      if (names.has(child)) continue;
      for (const { counter, labels } of series) counter.remove(labels);
      this.childSeconds.remove({ child });
      this.childLast.remove({ child });
      this.known.delete(child);
    }
    for (const child of children) {
      const { name, evaluation_mode: shadow } = child.settings;
      const series = this.seriesOf(child);
      for (const { counter, labels } of series) counter.inc(labels, 0);
      if (!shadow) this.childSeconds.zero({ child: name });
      this.known.set(name, [...(this.known.get(name) ?? []), ...series]);
    }
  }

  private seriesOf({ settings, conditions }: KnownChild): readonly Series[] {
    const { name: child, evaluation_mode: shadow } = settings;
    const series = (counter: Counter, label: string, values: readonly string[]): Series[] =>
      values.map((value) => ({ counter, labels: { child, [label]: value } }));
    return [
      ...series(shadow ? this.shadowMails : this.childMails, 'status', VERDICTS),
      ...series(this.childFailures, 'kind', FAILURES),
      ...(shadow ? [] : series(this.childFallbacks, 'status', FALLBACKS)),
      ...(shadow
        ? []
        : series(
            this.childStopped,
            'condition',
            conditions.map(({ name }) => name),
          )),
    ];
  }

  mailEnded(report: MailReport): void {
    this.mails.inc({ status: report.status });
    this.mailSeconds.observe(report.seconds);
    if (letThroughWithout(report).length > 0) this.unfiltered.inc();
    for (const child of report.children) this.tookPart(child);
  }

  private tookPart({ name: child, status, fallback, asked, condition, ...its }: ChildReport): void {
    // A session that began before a reload may end with one that is no longer configured.
    if (!this.known.has(child)) return;
    if (condition !== undefined) this.childStopped.inc({ child, condition });
    else if (fallback) this.childFallbacks.inc({ child, status });
    else {
      this.childMails.inc({ child, status: verdictOf(status) });
      this.childLast.set({ child }, Date.now() / 1000);
    }
    if (asked) this.childSeconds.observe({ child }, its.milliseconds / 1000);
  }

  sessionEnded(): void {
    this.sessions.inc();
  }

  childFailed(_session: number, child: string, _stage: StageName, { kind }: Failure): void {
    if (this.known.has(child)) this.childFailures.inc({ child, kind });
  }

  shadowEnded(_session: number, { name: child, status, fallback, condition }: ChildReport): void {
    if (!fallback && condition === undefined && this.known.has(child))
      this.shadowMails.inc({ child, status: verdictOf(status) });
  }

  headerAdded(): void {
    // For the log's statistics only.
  }

  warn(): void {
    // For the log only.
  }

  values(): Promise<MetricValues> {
    return this.registry.getMetricsAsJSON();
  }

  private named(name: string, help: string): { name: string; help: string; registers: Registry[] } {
    return { name: `milter_manager_${name}`, help, registers: [this.registry] };
  }
}

/** Nothing more wanted of a part, and going on, are both no objection. */
function verdictOf(status: ChildReport['status']): string {
  return status === 'continue' || status === 'skip' ? 'pass' : status;
}

/** Counters and histograms of this process for Prometheus; with workers, the supervisor adds theirs up. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Failure } from '../child/failure.ts';
import type { StageName } from '../session/commands.ts';
import type { ChildReport, MailReport, Observer } from './report.ts';

/** Seconds: from a child on a UNIX socket to one that is about to time out. */
const BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300];

/** The values of one process, as prom-client passes them between processes. */
export type MetricValues = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

export class Metrics implements Observer {
  private readonly registry = new Registry();
  private readonly mails = new Counter({
    ...this.named('mails_total', 'Mails by status and by the stage where it was decided'),
    labelNames: ['status', 'stage'],
  });
  private readonly mailSeconds = new Histogram({
    ...this.named('mail_seconds', 'From MAIL to the answer'),
    buckets: BUCKETS,
  });
  private readonly childMails = new Counter({
    ...this.named('child_mails_total', 'What each child did to mails'),
    labelNames: ['child', 'status'],
  });
  private readonly childSeconds = new Histogram({
    ...this.named('child_seconds', 'Time that a child took for one mail'),
    labelNames: ['child'],
    buckets: BUCKETS,
  });
  private readonly childFailures = new Counter({
    ...this.named('child_failures_total', 'Failures of children'),
    labelNames: ['child', 'kind', 'stage'],
  });
  private readonly shadowMails = new Counter({
    ...this.named('shadow_mails_total', 'What children in evaluation mode would have done'),
    labelNames: ['child', 'status'],
  });
  private readonly sessions = new Counter(this.named('sessions_total', 'Sessions that ended'));

  constructor(openSessions: () => number) {
    new Gauge({
      ...this.named('open_sessions', 'Sessions that are open'),
      collect() {
        this.set(openSessions());
      },
    });
  }

  mailEnded({ status, stage, seconds, children }: MailReport): void {
    this.mails.inc({ status, stage });
    this.mailSeconds.observe(seconds);
    for (const { name: child, status: its, milliseconds } of children) {
      this.childMails.inc({ child, status: its });
      this.childSeconds.observe({ child }, milliseconds / 1000);
    }
  }

  sessionEnded(): void {
    this.sessions.inc();
  }

  childFailed(_session: number, child: string, stage: StageName, { kind }: Failure): void {
    this.childFailures.inc({ child, kind, stage });
  }

  shadowEnded(_session: number, { name: child, status }: ChildReport): void {
    this.shadowMails.inc({ child, status });
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

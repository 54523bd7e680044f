/** Turns what sessions report into log lines: one a mail, and the `[statistics]` lines that graphing tools read. */
import type { Header } from '../../protocol/headers.ts';
import type { Failure } from '../child/failure.ts';
import type { StageName } from '../session/commands.ts';
import type { LogSettings } from '../../manager-config/config.ts';
import type { Log } from './log.ts';
import { letThroughWithout, type ChildReport, type MailReport, type Observer } from './report.ts';

export class Journalist implements Observer {
  private finished = 0;
  private reportedFinished = 0;

  constructor(
    private readonly log: Log,
    private readonly openSessions: () => number,
    private settings: Pick<LogSettings, 'statistics'>,
  ) {}

  configure(settings: Pick<LogSettings, 'statistics'>): void {
    this.settings = settings;
  }

  mailEnded(report: MailReport): void {
    if (!this.log.takes('info')) return;
    this.log.write('info', {
      text: mailAsText(report),
      fields: { event: 'mail', ...report, unfilteredBy: letThroughWithout(report) },
    });
    if (!this.settings.statistics) return;
    const { session, stage, seconds } = report;
    const status = statisticsStatus(report.status);
    this.statistics(`[session][end][${stage}][${status}][${seconds.toFixed(6)}](${session})`);
    for (const child of report.children) {
      const elapsed = (child.milliseconds / 1000).toFixed(6);
      this.statistics(
        `[milter][end][${child.stage}][${statisticsStatus(child.status)}][${elapsed}](${session}): ${child.name}`,
      );
    }
  }

  sessionEnded(): void {
    this.finished += 1;
    const open = this.openSessions();
    if (!this.settings.statistics || (open > 0 && this.finished % 10 !== 0)) return;
    const fresh = this.finished - this.reportedFinished;
    this.reportedFinished = this.finished;
    this.statistics(`[sessions][finished] ${this.finished}(+${fresh}) ${open}`);
  }

  childFailed(session: number, child: string, stage: StageName, failure: Failure): void {
    this.log.write('warning', {
      text: `[${session}] ${child} failed at ${stage}: ${failure.kind}: ${failure.reason}`,
      fields: { event: 'failure', session, child, stage, ...failure },
    });
  }

  shadowEnded(session: number, report: ChildReport): void {
    const would = childAsText(report);
    this.log.write('info', {
      text: `[${session}] in evaluation mode, without effect: ${would}`,
      fields: { event: 'evaluation', session, ...report },
    });
  }

  headerAdded(session: number, child: string, { name, value }: Header): void {
    if (!this.settings.statistics) return;
    const text = `<${name}>=<${value.toString('latin1')}>`;
    this.statistics(`[milter][header][add](${session}): ${text}: ${child}`);
  }

  warn(session: number | undefined, text: string): void {
    this.log.write('warning', {
      text: session === undefined ? text : `[${session}] ${text}`,
      fields: { event: 'warning', ...(session !== undefined && { session }), message: text },
    });
  }

  private statistics(text: string): void {
    this.log.write('info', {
      text: `[statistics] ${text}`,
      fields: { event: 'statistics', statistics: text },
    });
  }
}

/** The C program counts everything that is not refused or accepted as passed. */
function statisticsStatus(status: ChildReport['status'] | MailReport['status']): string {
  return status === 'continue' || status === 'skip' ? 'pass' : status;
}

/** In logfmt: `key=value`, quoted where a value holds what would end it. */
function mailAsText(report: MailReport): string {
  const { client, helo, sender, recipients, recipientCount, messageId, reply } = report;
  const more = recipientCount > recipients.length ? [`(${recipientCount} in all)`] : [];
  const to = [...recipients.map(({ address }) => address), ...more].join(',');
  const without = letThroughWithout(report).join(',');
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['session', String(report.session)],
    ['queue-id', report.queueId ?? '-'],
    ['client', client ?? '-'],
    ['from', sender ?? '-'],
    ['to', to === '' ? '-' : to],
    ['status', report.status],
    ['stage', report.stage],
    ['reply', reply],
    ['elapsed', report.seconds.toFixed(6)],
    ['unfiltered-by', without === '' ? undefined : without],
    ['size', String(report.bytes)],
    ['helo', helo],
    ['message-id', messageId],
    ['user', report.authenticated],
    ['tls', report.tls],
    ['milters', report.children.map(childAsText).join('; ')],
  ];
  return fields
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${logfmt(value)}`]))
    .join(' ');
}

function logfmt(value: string): string {
  return /^[^\s"]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

function childAsText(child: ChildReport): string {
  const why = child.condition === undefined ? child.reason : `${child.condition}: ${child.reason}`;
  const reason = why === undefined ? '' : ` (${why})`;
  const status = statisticsStatus(child.status);
  const verdict = child.fallback ? `fallback ${status}` : status;
  return `${child.name}: ${verdict} at ${child.stage} in ${child.milliseconds.toFixed(1)} ms${reason}`;
}

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
    private settings: LogSettings,
  ) {}

  configure(settings: LogSettings): void {
    this.settings = settings;
  }

  mailEnded(report: MailReport): void {
    if (!this.log.takes('info')) return;
    this.log.write(
      'info',
      this.settings.format === 'json' ? mailAsJson(report) : mailAsText(report),
    );
    if (!this.settings.statistics) return;
    const { session, stage, seconds } = report;
    const status = report.status;
    if (status === 'abort') this.statistics(`[abort][${stage}](${session})`);
    else {
      this.statistics(`[reply][${stage}][${statisticsStatus(status)}](${session})`);
      this.statistics(
        `[session][end][${stage}][${statisticsStatus(status)}][${seconds.toFixed(6)}](${session})`,
      );
    }
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
    this.log.write(
      'warning',
      `[${session}] ${child} failed at ${stage}: ${failure.kind}: ${failure.reason}`,
    );
  }

  shadowEnded(session: number, report: ChildReport): void {
    const would = childAsText(report);
    this.log.write('info', `[${session}] in evaluation mode, without effect: ${would}`);
  }

  headerAdded(session: number, child: string, { name, value }: Header): void {
    if (!this.settings.statistics) return;
    const text = printable(`<${name}>=<${value.toString('latin1')}>`);
    this.statistics(`[milter][header][add](${session}): ${text}: ${child}`);
  }

  warn(session: number | undefined, text: string): void {
    this.log.write('warning', session === undefined ? text : `[${session}] ${text}`);
  }

  private statistics(text: string): void {
    this.log.write('info', `[statistics] ${text}`);
  }
}

/** The C program counts everything that is not refused or accepted as passed. */
function statisticsStatus(status: ChildReport['status'] | MailReport['status']): string {
  return status === 'continue' || status === 'skip' ? 'pass' : status;
}

function mailAsText(report: MailReport): string {
  const fields = [
    `queue-id=${report.queueId ?? '-'}`,
    `client=${report.client ?? '-'}`,
    `from=${report.sender ?? '-'}`,
    `status=${report.status}`,
    `stage=${report.stage}`,
  ];
  const without = letThroughWithout(report);
  if (without.length > 0) fields.push(`unfiltered-by=${without.join(',')}`);
  if (report.reply !== undefined) fields.push(`reply=${JSON.stringify(report.reply)}`);
  fields.push(`elapsed=${report.seconds.toFixed(6)}`);
  fields.push(`children=(${report.children.map(childAsText).join('; ')})`);
  return `[${report.session}] ${fields.map(printable).join(' ')}`;
}

function childAsText(child: ChildReport): string {
  const why = child.condition === undefined ? child.reason : `${child.condition}: ${child.reason}`;
  const reason = why === undefined ? '' : ` (${why})`;
  const status = statisticsStatus(child.status);
  const verdict = child.fallback ? `fallback ${status}` : status;
  return `${child.name}: ${verdict} at ${child.stage} in ${child.milliseconds.toFixed(1)} ms${reason}`;
}

function mailAsJson(report: MailReport): string {
  const escape = (byte: string): string => `\\u00${byte.charCodeAt(0).toString(16)}`;
  return JSON.stringify({
    event: 'mail',
    ...report,
    unfilteredBy: letThroughWithout(report),
  }).replace(/[\x7f-\x9f]/g, escape);
}

/** What a client sends must not be able to forge a line of its own. */
function printable(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, '?');
}

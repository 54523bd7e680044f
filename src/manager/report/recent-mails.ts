/** Keeps what became of each mail of late, for who asks about one. */
import { RecentWriter } from '../../history/recent.ts';
import { letThroughWithout, type ChildReport, type MailReport, type Observer } from './report.ts';

export class RecentMails implements Observer {
  private readonly writer: RecentWriter;

  /** @param warn tells what is wrong with the file */
  constructor(directory: string, warn: (text: string) => void) {
    this.writer = new RecentWriter(directory, warn);
  }

  mailEnded(report: MailReport): void {
    const unfilteredBy = letThroughWithout(report);
    this.writer.add({ event: 'mail', time: new Date().toISOString(), ...report, unfilteredBy });
  }

  shadowEnded(session: number, report: ChildReport): void {
    this.writer.add({ event: 'evaluation', time: new Date().toISOString(), session, ...report });
  }

  sessionEnded(): void {
    // Its mails were told.
  }

  childFailed(): void {
    // The mail tells whose fallback counted.
  }

  headerAdded(): void {
    // The mail tells what was found.
  }

  warn(): void {
    // For the log only.
  }

  close(): void {
    this.writer.flush();
    this.writer.close();
  }
}

/** What the test mails came to, a line each: who was asked, whether it did as it should, what it said, and how long it took. Pure. */
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

export interface ProofLine {
  /** A milter, or the manager. */
  readonly who: string;
  /** `a virus (EICAR)`. */
  readonly mail: string;
  /** Whether the answer was the one that is wanted. */
  readonly outcome: 'pass' | 'fail' | 'skipped';
  /** What the milter said, as the test client prints it: `reject`. */
  readonly verdict?: string;
  /** Where it said so: `envelope-recipient`. Not given where it let all pass. */
  readonly stage?: string;
  readonly seconds?: number;
  /** Why there is no verdict. */
  readonly reason?: string;
}

const VERDICTS: Readonly<Record<string, string>> = {
  pass: 'passes',
  accept: 'is accepted',
  reject: 'is refused',
  'temporary-failure': 'has to wait',
  discard: 'is discarded',
  quarantine: 'is held',
};

/** In the words of SMTP, RFC 5321. */
const STAGES: Readonly<Record<string, string>> = {
  connect: 'at connect',
  helo: 'at HELO',
  'envelope-from': 'at MAIL',
  'envelope-recipient': 'at RCPT',
  data: 'at DATA',
  header: 'at its header',
  'end-of-header': 'at its header',
  body: 'at its body',
  'end-of-message': 'at its end',
};

/** The time stands before the text, which is cut where the line ends. */
export function showProofs(lines: readonly ProofLine[], style: Style): string {
  if (lines.length === 0) return '';
  const rows = lines.map((line) => ({ ...line, time: timeOf(line) }));
  const who = widest(rows.map((row) => row.who));
  const outcome = widest(rows.map((row) => row.outcome));
  const time = widest(rows.map((row) => row.time));
  const table = rows.map((row) => {
    const verdict = style.paint(COLORS[row.outcome], row.outcome.padEnd(outcome));
    const indent = ' '.repeat(2 + who + 2 + outcome + 2 + time + 2);
    const said = wrap(saidOf(row), style.columns, indent).trimStart();
    return `  ${row.who.padEnd(who)}  ${verdict}  ${row.time.padStart(time)}  ${said}`;
  });
  return [style.paint('bold', 'Proved with test mails'), ...table].join('\n');
}

function timeOf({ seconds }: ProofLine): string {
  return seconds === undefined ? '' : `${seconds.toFixed(3)} s`;
}

const COLORS = { pass: 'green', fail: 'red', skipped: 'yellow' } as const;

export function saidOf({ mail, verdict, stage, reason }: ProofLine): string {
  if (verdict === undefined) return reason ?? '';
  const where = stage === undefined ? '' : ` ${STAGES[stage] ?? `at ${stage}`}`;
  return `${mail} ${VERDICTS[verdict] ?? `: ${verdict}`}${where}`;
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}

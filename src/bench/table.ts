/** The bench's table, line by line as results come in. */
import type { Idle, Result } from './measure.ts';

export interface Row {
  /** Number of children, or what was measured instead. */
  readonly label: string;
  readonly bodyBytes: number;
  readonly atATime: number;
}

const COLUMNS = [
  ['children', 9],
  ['body', 7],
  ['at a time', 10],
  ['sessions/s', 11],
  ['p50 ms', 9],
  ['p99 ms', 9],
  ['CPU ms', 9],
  ['peak MB', 8],
] as const;

export function heading(): string {
  return line(COLUMNS.map(([title]) => title));
}

export function row({ label, bodyBytes, atATime }: Row, result: Result): string {
  const text = line([
    label,
    size(bodyBytes),
    String(atATime),
    result.sess_per_s.toFixed(1),
    result.p50_ms.toFixed(2),
    result.p99_ms.toFixed(2),
    result.proxy_cpu_ms_per_sess.toFixed(3),
    megabytes(result.proxy_peak_rss_kb),
  ]);
  const wrong = result.sessions - result.ok;
  return wrong === 0 ? text : `${text}  ${wrong} of ${result.sessions} sessions went wrong`;
}

export function idleRow(label: string, { idle, rss_kb, cpu_s }: Idle): string {
  return `${label.padStart(COLUMNS[0][1])}  ${idle} idle sessions: ${megabytes(rss_kb)} MB, ${cpu_s.toFixed(2)} s of CPU`;
}

function line(cells: readonly string[]): string {
  return cells.map((cell, column) => cell.padStart(COLUMNS[column]![1])).join('');
}

function size(bytes: number): string {
  const kilobytes = bytes / 1024;
  return kilobytes < 1024 ? `${kilobytes} KB` : `${kilobytes / 1024} MB`;
}

function megabytes(kilobytes: number): string {
  return (kilobytes / 1024).toFixed(0);
}

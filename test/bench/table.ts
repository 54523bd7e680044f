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
  ['of direct', 10],
  ['p50 ms', 9],
  ['p99 ms', 9],
  ['CPU ms', 9],
  ['peak MB', 8],
] as const;

export function heading(): string {
  return line(COLUMNS.map(([title]) => title));
}

/**
 * Medians of what was measured in several rounds.
 * @param direct what a child asked directly did in the same rounds
 */
export function row(
  { label, bodyBytes, atATime }: Row,
  rounds: readonly Result[],
  direct: readonly Result[],
): string {
  const figure = (of: (result: Result) => number): number => median(rounds.map(of));
  const shares = rounds.map((result, round) => result.sess_per_s / direct[round]!.sess_per_s);
  const text = line([
    label,
    size(bodyBytes),
    String(atATime),
    figure(({ sess_per_s }) => sess_per_s).toFixed(1),
    `${(median(shares) * 100).toFixed(0)} %`,
    figure(({ p50_ms }) => p50_ms).toFixed(2),
    figure(({ p99_ms }) => p99_ms).toFixed(2),
    figure(({ proxy_cpu_ms_per_sess }) => proxy_cpu_ms_per_sess).toFixed(3),
    megabytes(figure(({ proxy_peak_rss_kb }) => proxy_peak_rss_kb)),
  ]);
  const sessions = sum(rounds.map((round) => round.sessions));
  const wrong = sessions - sum(rounds.map(({ ok }) => ok));
  return wrong === 0 ? text : `${text}  ${wrong} of ${sessions} sessions went wrong`;
}

export function idleRow(label: string, { idle, rss_kb, cpu_s }: Idle): string {
  return `${label.padStart(COLUMNS[0][1])}  ${idle} idle sessions: ${megabytes(rss_kb)} MB, ${cpu_s.toFixed(2)} s of CPU`;
}

function line(cells: readonly string[]): string {
  return cells.map((cell, column) => cell.padStart(COLUMNS[column]![1])).join('');
}

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}

function size(bytes: number): string {
  const kilobytes = bytes / 1024;
  return kilobytes < 1024 ? `${kilobytes} KB` : `${kilobytes / 1024} MB`;
}

function megabytes(kilobytes: number): string {
  return (kilobytes / 1024).toFixed(0);
}

/** What the history holds: the numbers of one stretch of time, by name. Counters are added up, of peaks the highest counts. */

/**
 * Upper bounds of the latency classes in seconds, 1-2-5; a last class has none. From a child on a UNIX socket to one that
 * is about to time out: wider ones show a spamd's 99th percentile three times too high.
 */
export const LATENCY_BOUNDS: readonly number[] = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
  ...[1, 2, 5, 10, 20, 50, 100, 300],
];

const LATENCY = [...LATENCY_BOUNDS.map((bound) => `le_${bound}`), 'le_inf'];

/** What a child's headers and refusals say of a message. */
export const FINDINGS = [
  ...['spam', 'virus', 'greylisted', 'greylist_passed'],
  ...['dkim_pass', 'dkim_fail', 'spf_pass', 'spf_fail', 'dmarc_pass', 'dmarc_fail'],
] as const;
export type Finding = (typeof FINDINGS)[number];

/** Names that begin so are peaks. */
const PEAK = 'peak_';

export function isPeak(column: string): boolean {
  return column.startsWith(PEAK);
}

/** Of the manager itself. */
export const MANAGER_COLUMNS: readonly string[] = [
  ...['sessions', 'peak_sessions', 'peak_session_limit', 'refused_sessions'],
  ...['pass', 'accept', 'temporary-failure', 'reject', 'discard', 'quarantine', 'abort'],
  ...['unfiltered', 'recipients', 'kilobytes', ...FINDINGS, 'milliseconds', ...LATENCY],
];

/** Of one child. */
export const CHILD_COLUMNS: readonly string[] = [
  ...['pass', 'accept', 'temporary-failure', 'reject', 'discard', 'stop'],
  ...['fallback_accept', 'fallback_temporary-failure', 'fallback_reject', 'fallback_discard'],
  ...['unreachable', 'timeout', 'closed', 'garbage', 'resources', 'peak_in_flight'],
  ...[...FINDINGS, 'milliseconds', ...LATENCY],
];

/** The latency class of a time. @param seconds of one message */
export function latencyColumn(seconds: number): string {
  const bound = LATENCY_BOUNDS.find((each) => seconds <= each);
  return bound === undefined ? 'le_inf' : `le_${bound}`;
}

/** Numbers of one stretch of time; what is not there is 0. */
export type Numbers = Readonly<Record<string, number>>;

/** Both together. */
export function add(a: Numbers, b: Numbers): Numbers {
  const sum: Record<string, number> = { ...a };
  for (const [column, value] of Object.entries(b)) {
    const other = sum[column] ?? 0;
    sum[column] = isPeak(column) ? Math.max(other, value) : other + value;
  }
  return sum;
}

/**
 * The time that a share of the messages took at most, interpolated in its class.
 * @param share from 0 to 1
 * @returns seconds; undefined where there are none
 */
export function quantile(numbers: Numbers, share: number): number | undefined {
  const counts = LATENCY.map((column) => numbers[column] ?? 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    if (count > 0 && below + count >= share * total) {
      const low = LATENCY_BOUNDS[index - 1] ?? 0;
      const high = LATENCY_BOUNDS[index] ?? low;
      return low + (high - low) * Math.max(0, (share * total - below) / count);
    }
    below += count;
  }
  return LATENCY_BOUNDS.at(-1);
}

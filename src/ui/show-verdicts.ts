/** What the manager tells of itself and of its milters, in words. Pure. */

export interface ToldOfMilter {
  readonly name: string;
  readonly last: {
    readonly status: string;
    readonly stage: string;
    readonly milliseconds: number;
    /** ISO 8601. */
    readonly at: string;
    /** Why it is its fallback. */
    readonly reason?: string;
    readonly fallback?: boolean;
  } | null;
  readonly mails: Readonly<Record<string, number>>;
  readonly fallbacks?: Readonly<Record<string, number>>;
  readonly failures: number;
  readonly lastFailure: {
    readonly kind: string;
    readonly reason: string;
    readonly stage: string;
    readonly at: string;
  } | null;
  readonly leftAlone: boolean;
}

export interface ToldOfManager {
  readonly schema: 1;
  readonly version: string;
  readonly started: string;
  readonly uptimeSeconds: number;
  readonly openSessions: number;
  readonly sessions: number;
  readonly mails: Readonly<Record<string, number>>;
  /** Messages that were let through although a milter could not be asked. */
  readonly unfiltered?: number;
  readonly milters: readonly ToldOfMilter[];
}

/** A line below a row of the table; `bad` where somebody should look at it. */
export interface Detail {
  readonly text: string;
  readonly bad?: true;
}

/** @param now milliseconds since 1970 */
export function verdictLines(told: ToldOfMilter, now: number): readonly Detail[] {
  const { last, fallbacks = {}, failures, lastFailure, leftAlone } = told;
  const mails = { ...told.mails, ...inWords(fallbacks) };
  const total = sum(mails);
  const lines: Detail[] = [];
  if (last === null) {
    const none = total > 0 ? `not asked about any of ${total} mails` : 'no mail since the start';
    lines.push({ text: none });
  } else {
    const { stage, milliseconds, at, reason } = last;
    const status = last.fallback === true ? `fallback ${last.status}` : last.status;
    const why = reason === undefined ? '' : ` (it failed: ${reason})`;
    const when = `${ago(at, now)} at ${stage} in ${duration(milliseconds)}`;
    lines.push({ text: `last: ${status} ${when}${why}` });
    lines.push({ text: counts(mails) });
  }
  if (lastFailure !== null) {
    const { stage, at } = lastFailure;
    const reason = lastFailure.reason.replace(/; left alone for a while$/, '');
    const times = failures === 1 ? '1 failure' : `${failures} failures, the last`;
    const text = `${times} ${ago(at, now)} at ${stage}: ${reason}`;
    lines.push({ text, ...(leftAlone && { bad: true }) });
  }
  if (leftAlone) lines.push({ text: 'left alone for now, its fallback applies', bad: true });
  return lines;
}

export function managerLines(told: ToldOfManager): readonly Detail[] {
  const { uptimeSeconds, mails, openSessions, unfiltered = 0 } = told;
  const open = openSessions === 1 ? '1 session' : `${openSessions} sessions`;
  return [
    { text: `up ${span(uptimeSeconds)}, ${open} open; ${counts(mails)}` },
    ...(unfiltered > 0
      ? [{ text: `let through without one of the milters: ${unfiltered}`, bad: true as const }]
      : []),
  ];
}

/** `12 mails: 10 pass, 2 reject`. */
function counts(mails: Readonly<Record<string, number>>): string {
  const total = sum(mails);
  if (total === 0) return 'no mail yet';
  const each = Object.entries(mails)
    .toSorted(([, a], [, b]) => b - a)
    .map(([what, n]) => `${n} ${what === 'stop' ? 'not asked' : what}`);
  return `${total} ${total === 1 ? 'mail' : 'mails'}: ${each.join(', ')}`;
}

function inWords(fallbacks: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(fallbacks).map(([what, n]) => [`fallback ${what}`, n]));
}

function sum(mails: Readonly<Record<string, number>>): number {
  return Object.values(mails).reduce((total, n) => total + n, 0);
}

function ago(at: string, now: number): string {
  return `${span(Math.max(0, (now - Date.parse(at)) / 1000))} ago`;
}

const SPANS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const;

/** `5 s`, `12 min`, `3 d`. */
export function span(seconds: number): string {
  const [size, unit] = SPANS.find(([least]) => seconds >= least) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}

export function duration(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

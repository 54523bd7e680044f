/** What the histories of a host come to, as text: what is wrong comes first. Pure. */
import { quantile, type Numbers } from '../history/columns.ts';
import type { Summary } from '../history/summary.ts';
import { duration } from './show-verdicts.ts';
import type { Style } from './style.ts';

const VERDICTS = [
  'pass',
  'accept',
  'temporary-failure',
  'reject',
  'discard',
  'quarantine',
  'abort',
];
const OWN = ['pass', 'accept', 'temporary-failure', 'reject', 'discard'];
const FALLBACKS = OWN.map((status) => `fallback_${status}`);
const FAILURES = ['unreachable', 'timeout', 'closed', 'garbage', 'resources'];

const FINDINGS: readonly (readonly [string, string])[] = [
  ['spam', 'spam'],
  ['virus', 'viruses'],
  ['greylist_passed', 'greylisted, then accepted'],
  ['dkim_pass', 'DKIM pass'],
  ['dkim_fail', 'DKIM fail'],
  ['spf_pass', 'SPF pass'],
  ['spf_fail', 'SPF fail'],
  ['dmarc_pass', 'DMARC pass'],
  ['dmarc_fail', 'DMARC fail'],
];

export function showHistory({ manager, children }: Summary, style: Style): string {
  const total = sum(manager, VERDICTS);
  if (total === 0) return 'No messages in this time.\n';
  const lines = [
    unfilteredLine(manager['unfiltered'] ?? 0, style),
    `messages    ${number(total)}: ${shares(manager, VERDICTS, total)}`,
    `sessions    ${number(manager['sessions'] ?? 0)}, at most ${number(manager['peak_sessions'] ?? 0)} at once`,
    `volume      ${volume(manager['kilobytes'] ?? 0)} to ${number(manager['recipients'] ?? 0)} recipients`,
    `time        ${times(manager)}`,
  ];
  const found = FINDINGS.flatMap(([column, words]) => {
    const count = manager[column] ?? 0;
    return count > 0 ? [`${number(count)} ${words}`] : [];
  });
  if (found.length > 0) lines.push(`found       ${found.join(', ')}`);
  return `${lines.join('\n')}\n\n${table(children, style)}`;
}

function unfilteredLine(count: number, { paint, marks }: Style): string {
  if (count === 0) return paint('green', `${marks.pass} unfiltered  0 messages`);
  const messages = count === 1 ? '1 message was' : `${number(count)} messages were`;
  return paint('red', `${marks.fail} unfiltered  ${messages} accepted while a milter was down`);
}

/** The milters with the most failures first. */
function table(children: Summary['children'], { paint }: Style): string {
  const heads = [
    'milter',
    'asked',
    'pass',
    'defer',
    'reject',
    'fallback',
    'not asked',
    'p50',
    'p95',
    'p99',
  ];
  const rows = [...children]
    .toSorted(([, a], [, b]) => sum(b, FALLBACKS) - sum(a, FALLBACKS))
    .map(([name, numbers]) => ({
      bad: sum(numbers, FALLBACKS) + sum(numbers, FAILURES) > 0,
      cells: [
        name,
        ...[
          sum(numbers, OWN),
          (numbers['pass'] ?? 0) + (numbers['accept'] ?? 0),
          numbers['temporary-failure'] ?? 0,
          (numbers['reject'] ?? 0) + (numbers['discard'] ?? 0),
          sum(numbers, FALLBACKS),
          numbers['stop'] ?? 0,
        ].map(number),
        ...[0.5, 0.95, 0.99].map((share) => percentile(numbers, share)),
      ],
    }));
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map(({ cells }) => cells[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd();
  return [
    paint('bold', line(heads)),
    ...rows.map(({ bad, cells }) => (bad ? paint('red', line(cells)) : line(cells))),
  ]
    .join('\n')
    .concat('\n');
}

function times(numbers: Numbers): string {
  return [0.5, 0.95, 0.99]
    .map((share) => `p${share * 100} ${percentile(numbers, share)}`)
    .join(', ');
}

function percentile(numbers: Numbers, share: number): string {
  const seconds = quantile(numbers, share);
  return seconds === undefined ? '-' : duration(seconds * 1000);
}

function shares(numbers: Numbers, columns: readonly string[], total: number): string {
  return columns
    .map((column) => [column, numbers[column] ?? 0] as const)
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([column, count]) => `${number(count)} ${column} (${percent(count / total)})`)
    .join(', ');
}

function percent(share: number): string {
  return share < 0.01 ? 'under 1 %' : `${Math.round(share * 100)} %`;
}

function volume(kilobytes: number): string {
  if (kilobytes < 1024) return `${number(Math.round(kilobytes))} KB`;
  const megabytes = kilobytes / 1024;
  return megabytes < 1024 ? `${megabytes.toFixed(1)} MB` : `${(megabytes / 1024).toFixed(1)} GB`;
}

function sum(numbers: Numbers, columns: readonly string[]): number {
  return columns.reduce((total, column) => total + (numbers[column] ?? 0), 0);
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

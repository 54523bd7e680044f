/** The milters of a host as a table, and what Postfix and the manager do beside them. Pure. */
import type { Style } from './style.ts';
import type { Detail } from './show-verdicts.ts';
import { wrap } from './wrap.ts';

/** Whether a user got to a socket; `unknown` where it was not tried. */
export type Reach =
  | { readonly state: 'yes'; readonly user: string }
  | {
      readonly state: 'no';
      readonly user: string;
      readonly reason: string;
      /** Nobody is let in, nobody says anything, or what says something is no milter. */
      readonly how: 'unreachable' | 'silent' | 'no-milter';
    }
  | { readonly state: 'unknown'; readonly user: string; readonly reason: string };

export interface StatusRow {
  readonly name: string;
  readonly installed: boolean;
  readonly version?: string | undefined;
  /** Undefined where no file tells. */
  readonly enabled: boolean | undefined;
  /** Undefined where it cannot be seen: on a tree, or without the right to look. */
  readonly running: boolean | undefined;
  /** Absent where nobody looked. */
  readonly reachable?: Reach | undefined;
  /** Lines of their own below it. */
  readonly details?: readonly Detail[];
}

export interface MilterStatus extends StatusRow {
  readonly enabled: boolean;
  /** In our spelling, `unix:/path`; undefined where none is configured. */
  readonly socket: string | undefined;
}

export interface StatusGroup {
  readonly heading: string;
  readonly rows: readonly (StatusRow & { readonly socket?: string | undefined })[];
}

/** A line for each milter under a heading, its socket below it; `?` where something cannot be seen. */
export function showStatus(milters: readonly MilterStatus[], style: Style): string {
  return milters.length === 0
    ? 'no milters\n'
    : showGroups([{ heading: 'milter', rows: milters }], style);
}

/** Groups of rows, a blank line apart, their columns in line. */
export function showGroups(groups: readonly StatusGroup[], style: Style): string {
  const tried = groups.some(({ rows }) => rows.some(({ reachable }) => reachable !== undefined));
  const tables = groups.map(({ heading, rows }) => [
    [heading, 'installed', 'enabled', 'running', ...(tried ? ['reachable'] : [])],
    ...rows.map((row) => cellsOf(row, tried)),
  ]);
  const widths = tables[0]![0]!.map((_heading, column) =>
    Math.max(...tables.flat().map((cells) => cells[column]!.length)),
  );
  const line = (cells: readonly string[], paint: (cell: string) => string): string =>
    cells
      .map((cell, column) => paint(cell) + ' '.repeat(widths[column]! - cell.length))
      .join('  ')
      .trimEnd();
  return groups
    .map(({ rows }, index) => {
      const [headings = [], ...cells] = tables[index]!;
      const head = line(headings, (cell) => style.paint('bold', cell));
      const body = rows.flatMap((row, at) => [
        line(cells[at]!, (cell) => paintCell(cell, row, style)),
        ...detailsOf(row).map((detail) => showDetail(detail, style)),
      ]);
      return `${[head, ...body].join('\n')}\n`;
    })
    .join('\n');
}

function cellsOf(row: StatusRow, tried: boolean): readonly string[] {
  const { name, installed, version, enabled, running, reachable } = row;
  return [
    name,
    installed ? (version ?? 'yes') : 'no',
    yesOrNo(enabled),
    yesOrNo(running),
    ...(tried ? [reachable === undefined ? '-' : reachable.state.replace('unknown', '?')] : []),
  ];
}

function detailsOf({
  socket,
  reachable,
  details = [],
}: StatusGroup['rows'][number]): readonly Detail[] {
  return [
    ...(socket === undefined ? [] : [{ text: socket }]),
    ...(reachable?.state === 'no'
      ? [{ text: `as ${reachable.user}: ${reachable.reason}`, bad: true as const }]
      : []),
    ...details,
  ];
}

/** A socket is one word, so it is never broken. */
function showDetail({ text, bad }: Detail, style: Style): string {
  return style.paint(bad ? 'red' : 'dim', wrap(text, style.columns, '  '));
}

function paintCell(cell: string, { enabled, running, reachable }: StatusRow, style: Style): string {
  if (cell === 'yes') return style.paint('green', cell);
  // Enabled and not running is trouble; the rest was somebody's choice.
  if (cell === 'no') {
    const trouble = enabled === true && (running === false || reachable?.state === 'no');
    return style.paint(trouble ? 'red' : 'dim', cell);
  }
  return cell;
}

function yesOrNo(value: boolean | undefined): string {
  return value === undefined ? '?' : value ? 'yes' : 'no';
}

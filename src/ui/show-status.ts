/** The milters of a host as a table. Pure. */
import type { Style } from './style.ts';

export interface MilterStatus {
  readonly name: string;
  readonly installed: boolean;
  readonly enabled: boolean;
  /** Undefined where it cannot be seen: on a tree, or without the right to look. */
  readonly running: boolean | undefined;
  /** In our spelling, `unix:/path`; undefined where none is configured. */
  readonly socket: string | undefined;
}

const HEADINGS = ['milter', 'installed', 'enabled', 'running', 'socket'] as const;

/** A line for each milter under a heading; `?` where it cannot be seen, `-` where there is no socket. */
export function showStatus(milters: readonly MilterStatus[], style: Style): string {
  if (milters.length === 0) return 'no milters\n';
  const rows = milters.map(({ name, installed, enabled, running, socket }) => [
    name,
    yesOrNo(installed),
    yesOrNo(enabled),
    running === undefined ? '?' : yesOrNo(running),
    socket ?? '-',
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (
    cells: readonly string[],
    paint: (cell: string, column: number) => string,
  ): string =>
    cells
      .map((cell, column) => paint(cell, column) + ' '.repeat(widths[column]! - cell.length))
      .join('  ')
      .trimEnd();
  const table = rows.map((row, index) =>
    line(row, (cell) => paintCell(cell, milters[index]!, style)),
  );
  return `${[line(HEADINGS, (cell) => style.paint('bold', cell)), ...table].join('\n')}\n`;
}

function paintCell(cell: string, milter: MilterStatus, style: Style): string {
  if (cell === 'yes') return style.paint('green', cell);
  // Enabled and not running is trouble; the rest was somebody's choice.
  if (cell === 'no') {
    return style.paint(milter.enabled && milter.running === false ? 'red' : 'dim', cell);
  }
  return cell;
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

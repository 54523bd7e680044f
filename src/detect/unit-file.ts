/** The text of systemd units: sections, continued lines, and lists that an empty assignment clears (systemd.syntax(7)). */
import type { Sourced } from './sh-variables.ts';

/** Settings by `Section.Key`, each with all its values in order. */
export type UnitSettings = Map<string, Sourced[]>;

/** Adds the settings of one file, so that drop-ins extend or clear what the unit said. */
export function readUnitInto(settings: UnitSettings, text: string, path: string): void {
  let section = '';
  for (const { content, line } of logicalLines(text)) {
    const header = /^\[(.*)\]$/.exec(content);
    if (header) {
      section = header[1]!;
      continue;
    }
    const equals = content.indexOf('=');
    if (equals < 0) continue;
    const key = `${section}.${content.slice(0, equals).trim()}`;
    const value = content.slice(equals + 1).trim();
    if (value === '') settings.set(key, []);
    else settings.set(key, [...(settings.get(key) ?? []), { value, source: `${path}:${line}` }]);
  }
}

/** The assignments of an EnvironmentFile: like a shell's, but nothing is expanded. */
export function environmentFile(text: string, path: string): Map<string, Sourced> {
  const variables = new Map<string, Sourced>();
  for (const { content, line } of logicalLines(text)) {
    const match = /^(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(content);
    if (match) variables.set(match[1]!, { value: unquote(match[2]!), source: `${path}:${line}` });
  }
  return variables;
}

/** Quotes may stand around parts of a value; blanks at its end do not belong to it. */
function unquote(text: string): string {
  let value = '';
  for (const match of text
    .trim()
    .matchAll(/"((?:\\[^]|[^"\\])*)"|'([^']*)'|\\([^])|([^"'\\]+|["'])/g)) {
    value += match[1]?.replace(/\\([^])/g, '$1') ?? match[2] ?? match[3] ?? match[4] ?? '';
  }
  return value;
}

interface LogicalLine {
  readonly content: string;
  /** 1-based, of its first line. */
  readonly line: number;
}

/** Lines with their continuations; comments and blank lines between continued ones are passed over. */
function logicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let open: LogicalLine | undefined;
  text.split('\n').forEach((raw, index) => {
    const content = raw.replace(/\r$/, '').trim();
    if (/^[#;]/.test(content) || (content === '' && open === undefined)) return;
    const continued = content.endsWith('\\');
    const part = continued ? content.slice(0, -1) : content;
    const line: LogicalLine = open
      ? { content: `${open.content} ${part}`, line: open.line }
      : { content: part, line: index + 1 };
    open = continued ? line : undefined;
    if (!continued) lines.push(line);
  });
  return open ? [...lines, open] : lines;
}

/** What a run ends with: what was done, or what happened and what was taken back. Pure. */
import type { Command } from '../change/change.ts';
import { entitled } from './entitled.ts';
import { showProofs, type ProofLine } from './show-proofs.ts';
import { quoteCommand } from './shell-words.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

export interface SkippedStep {
  readonly title: string;
  readonly reason: string;
  /** The command that finishes it later. */
  readonly finish?: string;
}

export interface SuccessReport {
  readonly kind: 'done';
  /** Titles of the changes made. */
  readonly done: readonly string[];
  readonly skipped: readonly SkippedStep[];
  readonly warnings: readonly string[];
  /** On a tree: what remains to be run there, in order. */
  readonly remaining: readonly Command[];
  /** The test mails, a line each. */
  readonly proofs?: readonly ProofLine[];
  /** Texts that are to be copied as they are: a DNS record. */
  readonly shown?: readonly { readonly title: string; readonly text: string }[];
  /** What the proof came to; not given where nothing was proved (a tree). */
  readonly status?: 'pass' | 'incomplete';
  readonly elapsedSeconds: number;
  /** What to do next, a sentence or a command each. */
  readonly next: readonly string[];
  /** The command that does the same again without asking. */
  readonly repeat?: string;
}

export interface FailureReport {
  readonly kind: 'failed';
  /** What happened, in a sentence. */
  readonly what: string;
  /** The step that failed. */
  readonly step?: string;
  readonly command?: Command;
  /** The command's output; its last lines are shown. */
  readonly output?: string;
  /** Titles of what was taken back, in that order. */
  readonly undone: readonly string[];
  /** They were shown as they went: their number is enough. */
  readonly undoneShown?: boolean;
  readonly notUndone: readonly { readonly title: string; readonly reason: string }[];
  /** What an undo leaves as it is, such as packages. */
  readonly kept?: readonly { readonly title: string; readonly reason: string }[];
  readonly logPath?: string;
  readonly next: readonly string[];
}

/** What --quiet leaves of it: what was not done, what is left to do, and the result. */
export function briefly(report: SuccessReport): SuccessReport {
  const { kind, skipped, warnings, remaining, status, elapsedSeconds } = report;
  const rest = { kind, skipped, warnings, remaining, elapsedSeconds, done: [], next: [] };
  return status === undefined ? rest : { ...rest, status };
}

export type Report = SuccessReport | FailureReport;

/** How many lines of a failed command's output are shown. */
const LAST_LINES = 20;

export function showReport(report: Report, style: Style): string {
  const blocks =
    report.kind === 'done' ? successBlocks(report, style) : failureBlocks(report, style);
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function successBlocks(report: SuccessReport, style: Style): readonly string[] {
  const { marks, paint } = style;
  const repeat =
    report.repeat === undefined
      ? ''
      : `The same again, without questions:\n${pasteable(report.repeat, style.columns)}`;
  return [
    list('Done', report.done, `  ${paint('green', marks.pass)} `, style),
    list('Not done', togetherByReason(report.skipped), `  ${paint('yellow', marks.skip)} `, style),
    lines('To finish, run:', finishing(report.skipped)),
    list('Warnings', report.warnings, `  ${paint('yellow', marks.warn)} `, style),
    lines('To be run on that host, in this order:', report.remaining.map(quoteCommand)),
    showProofs(report.proofs ?? [], style),
    statusLines(report, style),
    ...(report.shown ?? []).map(({ title, text }) =>
      [wrap(title, style.columns, ''), text.trimEnd()].join('\n'),
    ),
    list('Next', report.next, '  ', style),
    repeat,
  ];
}

/** A reason that many steps have is told once. */
function togetherByReason(skipped: readonly SkippedStep[]): readonly string[] {
  const titles = new Map<string, string[]>();
  for (const { title, reason } of skipped) {
    titles.set(reason, [...(titles.get(reason) ?? []), title]);
  }
  return [...titles].map(([reason, steps]) => `${steps.join(', ')}: ${reason}`);
}

/** On lines that a shell takes for one; within quotes it would not. */
function pasteable(command: string, columns: number): string {
  if (command.includes("'")) return `  ${command}`;
  const lines = wrap(command, columns - ' \\'.length, '    ')
    .trimStart()
    .split('\n');
  return `  ${lines.join(' \\\n')}`;
}

function statusLines({ status, elapsedSeconds }: SuccessReport, { paint }: Style): string {
  const elapsed = `elapsed-time: ${elapsedSeconds.toFixed(3)} seconds`;
  if (status === undefined) return elapsed;
  return `status: ${paint(status === 'pass' ? 'green' : 'yellow', status)}\n${elapsed}`;
}

function failureBlocks(report: FailureReport, style: Style): readonly string[] {
  const { paint, marks } = style;
  const step = report.step === undefined ? '' : `${report.step}: `;
  const command = report.command === undefined ? '' : `command: ${quoteCommand(report.command)}`;
  return [
    paint('red', wrapFirst(`${marks.fail} ${step}${report.what}`, style.columns)),
    command,
    report.output === undefined ? '' : lines('its last lines:', lastLines(report.output)),
    [report.undone, report.notUndone, report.kept ?? []].every(({ length }) => length === 0)
      ? 'Nothing had been changed.'
      : undoneBlock(report, style),
    list(
      'Could not be undone',
      report.notUndone.map(({ title, reason }) => entitled(title, reason)),
      `  ${paint('red', marks.fail)} `,
      style,
    ),
    list(
      'Kept',
      (report.kept ?? []).map(({ title, reason }) => entitled(title, reason)),
      `  ${marks.skip} `,
      style,
    ),
    list('Next', report.next, '  ', style),
    report.logPath === undefined ? '' : `log: ${report.logPath}`,
  ];
}

/** What follows the first line is a command's output, which stays as it is. */
function wrapFirst(text: string, columns: number): string {
  const [first = '', ...rest] = text.split('\n');
  return [wrap(first, columns, '  ').trimStart(), ...rest].join('\n');
}

function undoneBlock({ undone, undoneShown }: FailureReport, style: Style): string {
  if (!undoneShown) return list('Undone', undone, `  ${style.marks.pass} `, style);
  const steps = `${undone.length} ${undone.length === 1 ? 'step' : 'steps'}`;
  return undone.length === 0 ? '' : `Undone: ${steps}, as is shown above.`;
}

/** The last lines of a command's output, without blank ones at the end. */
export function lastLines(output: string, count: number = LAST_LINES): readonly string[] {
  return output.trimEnd().split(/\r?\n/).slice(-count);
}

function finishing(skipped: readonly SkippedStep[]): readonly string[] {
  const commands = skipped.flatMap(({ finish }) => (finish === undefined ? [] : [finish]));
  return [...new Set(commands)];
}

function lines(heading: string, texts: readonly string[]): string {
  return texts.length === 0 ? '' : [heading, ...texts.map((text) => `  ${text}`)].join('\n');
}

function list(heading: string, items: readonly string[], bullet: string, style: Style): string {
  if (items.length === 0) return '';
  const body = items.map((item) => `${bullet}${wrap(item, style.columns, '    ').trimStart()}`);
  return [style.paint('bold', heading), ...body].join('\n');
}

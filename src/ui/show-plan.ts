/** A plan as text, for reading before anything is done. Pure. */
import type { Change, Phase, Plan, RunCommands, WriteFile } from '../change/change.ts';
import { isForUndoOnly, subjectsOf } from '../change/change.ts';
import { quoteArgv, quoteCommand } from './shell-words.ts';
import { diffOf, paintDiff } from './show-diff.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

const HEADINGS: Readonly<Record<Phase, string>> = {
  packages: 'Packages',
  accounts: 'Users and groups',
  directories: 'Directories',
  files: 'Files',
  checks: 'Checks',
  services: 'Services',
  proof: 'Proof',
  mta: 'Postfix',
};

/**
 * Numbered summary with the reasons, then unified diffs, then the commands in order as lines for sh, then notes.
 * An empty plan is one line: `nothing to do`.
 */
export function showPlan(plan: Plan, style: Style): string {
  const parts =
    plan.changes.length === 0
      ? ['nothing to do']
      : [showSummary(plan, style), showDiffs(plan, style), showCommands(plan.changes, style)];
  return [...parts, showNotes(plan.notes, style)].filter((part) => part !== '').join('\n\n') + '\n';
}

/** Numbered in the order of execution, a heading for each phase. */
export function showSummary(plan: Plan, style: Style): string {
  const lines: string[] = [];
  const told = new Map<string, number>();
  let phase: Phase | undefined;
  plan.changes.forEach((change, index) => {
    if (change.phase !== phase) {
      if (phase !== undefined) lines.push('');
      lines.push(style.paint('bold', HEADINGS[change.phase]));
      phase = change.phase;
    }
    lines.push(`${String(index + 1).padStart(3)}. ${titleOf(change)}${detail(change, style)}`);
    lines.push(style.paint('dim', wrap(change.why, style.columns, '     ')));
    lines.push(...condition(change, index + 1, told, style));
  });
  lines.push('', totals(plan.changes));
  return lines.join('\n');
}

function titleOf(change: Change): string {
  return isForUndoOnly(change) ? `on undo: ${change.title}` : change.title;
}

/** What a step waits for; in full for the first step that waits for it. */
function condition(
  { requires }: Change,
  number: number,
  told: Map<string, number>,
  style: Style,
): readonly string[] {
  if (requires === undefined) return [];
  const { otherwise, finish } = requires;
  const first = told.get(otherwise);
  if (first !== undefined) return [`     skipped in the same case as step ${first}`];
  told.set(otherwise, number);
  const text = `skipped if ${otherwise}; then finish later with:`;
  return [wrap(text, style.columns, '     '), `       ${finish}`];
}

function detail(change: Change, style: Style): string {
  if ('commands' in change) {
    const missing = subjectsOf(change).filter((subject) => !change.title.includes(subject));
    return missing.length === 0 ? '' : ` (${missing.join(', ')})`;
  }
  const path = change.title.includes(change.path) ? '' : ` ${change.path}`;
  if (change.kind === 'make-directory') {
    return `${path} (mode ${octal(change.mode)}, ${change.owner.user}:${change.owner.group})`;
  }
  if (change.summary !== undefined) return `${path} (${change.summary})`;
  const { added, removed } = diffOf(change);
  const counts = `${style.paint('green', `+${added}`)} ${style.paint('red', `-${removed}`)}`;
  const owned = change.owner === undefined ? '' : `, ${change.owner.user}:${change.owner.group}`;
  const mode = change.mode === undefined ? '' : `, mode ${octal(change.mode)}`;
  return `${path} (${verbOf(change)} ${counts}${mode}${owned})${provisional(change)}`;
}

function verbOf(change: WriteFile): string {
  if (change.after === undefined) return 'removed';
  return change.before === undefined && change.comesWith === undefined ? 'new' : 'changed';
}

function provisional(change: WriteFile): string {
  return change.comesWith === undefined ? '' : `, after ${change.comesWith} is installed`;
}

/** The unified diffs of all edited files, each with its title before it; `patch -p0` reads them. */
export function showDiffs(plan: Plan, style: Style): string {
  return plan.changes
    .filter((change) => change.kind === 'write-file')
    .filter((change) => change.summary === undefined)
    .map((change) => {
      const heading = style.paint('bold', `# ${change.title}${provisional(change)}`);
      const text = paintDiff(diffOf(change).text.replace(/\n$/, ''), style);
      return `${heading}\n${text === '' ? '(only mode or owner change)' : text}`;
    })
    .join('\n\n');
}

/** What is run, in order, as lines that can be copied; files stand as comments in their place. */
export function showCommands(changes: readonly Change[], style: Style): string {
  const lines = changes.flatMap((change): readonly string[] => {
    if ('commands' in change) return commandLines(change);
    if (change.kind === 'write-file') {
      const verb = change.after === undefined ? 'remove' : 'write';
      const what = change.summary === undefined ? '' : `: ${change.summary}`;
      return [`# ${verb} ${change.path}${what}`];
    }
    const { user, group } = change.owner;
    const mode = octal(change.mode);
    return [quoteArgv(['install', '-d', '-m', mode, '-o', user, '-g', group, change.path])];
  });
  return [style.paint('bold', '# Commands, in order'), ...lines].join('\n');
}

function commandLines(change: RunCommands): readonly string[] {
  const condition =
    change.requires === undefined ? [] : [`# only with ${change.requires.anyOf.join(' or ')}:`];
  return [
    ...condition,
    ...change.commands.map((command) => {
      const remarks = [
        ...(command.asHolderOf === undefined ? [] : [`as the owner of ${command.asHolderOf}`]),
        ...(command.tolerated === undefined ? [] : [`may fail: ${command.tolerated}`]),
      ];
      return [quoteCommand(command), ...remarks.map((remark) => `  # ${remark}`)].join('');
    }),
  ];
}

export function showNotes(notes: readonly string[], style: Style): string {
  if (notes.length === 0) return '';
  const lines = notes.map((note) => `  - ${wrap(note, style.columns, '    ').trimStart()}`);
  return [style.paint('bold', 'Notes'), ...lines].join('\n');
}

/** `20 steps: 6 files (+50 -9), 30 commands`, or `nothing to do`. */
export function showTotals({ changes }: Plan): string {
  return changes.length === 0 ? 'nothing to do' : totals(changes);
}

function totals(changes: readonly Change[]): string {
  const files = changes.filter((change) => change.kind === 'write-file').map(diffOf);
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  const commands = changes.flatMap((change) =>
    'commands' in change ? change.commands : [],
  ).length;
  const counts = `${counted(files.length, 'file')} (+${added} -${removed})`;
  return `${counted(changes.length, 'step')}: ${counts}, ${counted(commands, 'command')}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

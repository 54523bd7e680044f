/** What doctor found, for people and for programs. Pure. */
import type { Change } from '../change/change.ts';
import type { Finding, Grade, Remedy } from '../doctor/finding.ts';
import { changeJson } from './plan-json.ts';
import { diffOf, paintDiff } from './show-diff.ts';
import { quoteArgv } from './shell-words.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

const FINDINGS_SCHEMA = 1;

/** Problems with what was seen and what repairs them, a line for each of the others, and the counts. */
export function showFindings(findings: readonly Finding[], style: Style): string {
  const blocks = findings.map((finding) => block(finding, style));
  return `${blocks.join('\n')}\n\n${counts(findings, style)}\n`;
}

/** Their commands as they can be typed here: `npx milter-setup undo` where we were started so. */
export function typedAs(
  findings: readonly Finding[],
  program: readonly string[],
): readonly Finding[] {
  const here = (argv: readonly string[]): readonly string[] =>
    argv.flatMap((word) => (word === 'milter-setup' ? program : [word]));
  const typed = (remedy: Remedy): Remedy => {
    if ('advice' in remedy) return remedy;
    if ('argv' in remedy) return { argv: here(remedy.argv) };
    return { ...remedy, typed: remedy.typed.map(here) };
  };
  return findings.map((finding) => ({ ...finding, fix: finding.fix.map(typed) }));
}

/** For a plan's notes: one problem with its remedy. */
export function problemLine({ title, fix }: Finding): string {
  const remedy = fix.flatMap(remedyLines).join('; ');
  return remedy === '' ? title : `${title}. To repair it: ${remedy}`;
}

export function findingsJson(findings: readonly Finding[]): Record<string, unknown> {
  const count = (grade: Grade) => findings.filter((each) => each.grade === grade).length;
  return {
    schema: FINDINGS_SCHEMA,
    findings: findings.map(({ id, grade, title, evidence, fix }) => ({
      ...{ id, grade, title, evidence },
      fix: fix.flatMap(remedyLines),
      changes: changesOf(fix).map(changeJson),
    })),
    counts: Object.fromEntries(GRADES.map((grade) => [grade, count(grade)])),
  };
}

/** Lines for sh; what only a person can do is a comment there. */
export function remedyLines(remedy: Remedy): readonly string[] {
  if ('change' in remedy) return remedy.typed.map(quoteArgv);
  return ['argv' in remedy ? quoteArgv(remedy.argv) : `# ${remedy.advice}`];
}

/** What `doctor --fix` does. */
export function changesOf(fix: readonly Remedy[]): readonly Change[] {
  return fix.flatMap((remedy) => ('change' in remedy ? [remedy.change] : []));
}

const GRADES: readonly Grade[] = ['error', 'warning', 'info', 'ok', 'skipped'];

function block({ grade, title, evidence, fix }: Finding, style: Style): string {
  const mark = markOf(grade, style);
  if (grade === 'ok') return `${mark} ${title}`;
  if (grade === 'skipped') {
    return style.paint('dim', `${mark} skipped: ${title} (${evidence.join('; ')})`);
  }
  const heading = wrap(title, style.columns, '  ').trimStart();
  const seen = evidence.map((text) => `    ${text}`);
  const steps = fix
    .flatMap(remedyLines)
    .map((line, at) => `    ${at === 0 ? 'fix:' : '    '} ${style.paint('bold', line)}`);
  return [`${mark} ${heading}`, ...seen, ...edits(fix, style), ...steps].join('\n');
}

/** The diffs of what no other command does. */
function edits(fix: readonly Remedy[], style: Style): readonly string[] {
  return fix.flatMap((remedy) => {
    if (!('change' in remedy) || remedy.change.kind !== 'write-file') return [];
    if (remedy.typed.some((argv) => !argv.includes('--fix'))) return [];
    const { text } = diffOf(remedy.change);
    return paintDiff(text.trimEnd(), style)
      .split('\n')
      .map((line) => `    ${line}`);
  });
}

function markOf(grade: Grade, { marks, paint }: Style): string {
  switch (grade) {
    case 'error':
      return paint('red', marks.fail);
    case 'warning':
      return paint('yellow', marks.warn);
    case 'info':
      return paint('cyan', marks.arrow);
    case 'ok':
      return paint('green', marks.pass);
    case 'skipped':
      return marks.skip;
  }
}

function counts(findings: readonly Finding[], { paint }: Style): string {
  const parts = GRADES.map((grade) => ({
    grade,
    number: findings.filter((each) => each.grade === grade).length,
  }))
    .filter(({ number, grade }) => number > 0 || grade === 'error')
    .map(({ grade, number }) => `${number} ${plural(grade, number)}`);
  const bad = findings.some(({ grade }) => grade === 'error');
  return paint(bad ? 'red' : 'green', parts.join(', '));
}

function plural(grade: Grade, number: number): string {
  const word = grade === 'info' ? 'note' : grade;
  return ['ok', 'skipped'].includes(grade) || number === 1 ? word : `${word}s`;
}

/** `milter-setup doctor --fix`: what was found is repaired, one finding after the other, in one run that undo takes back. */
import type { Change } from '../../change/change.ts';
import type { Finding } from '../../doctor/finding.ts';
import { EXIT, SetupError } from '../../host/setup-error.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { planJson } from '../../ui/plan-json.ts';
import { quoteArgv } from '../../ui/shell-words.ts';
import { changesOf } from '../../ui/show-findings.ts';
import { showDiffs, showPlan, showTotals } from '../../ui/show-plan.ts';
import type { CommandContext } from '../command.ts';
import { applyAndReport } from '../run/apply-and-report.ts';

/** Those that a change of ours repairs. */
export function repairable(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(
    ({ grade, fix }) => (grade === 'error' || grade === 'warning') && changesOf(fix).length > 0,
  );
}

/**
 * @param findings those that are to be repaired, causes first
 * @param examine looks again: a repair may have repaired more than it was for, or changed a file that the next one edits
 */
export async function repair(
  context: CommandContext,
  facts: HostFacts,
  findings: readonly Finding[],
  examine: () => Promise<readonly Finding[]>,
): Promise<number> {
  const { host, options, program, ui } = context;
  const changes = findings.flatMap(({ fix }) => changesOf(fix));
  const plan = { changes, notes: findings.map(({ title }) => title) };
  if (changes.length === 0) {
    ui.print('There is nothing that doctor can repair by itself.');
    return EXIT.ok;
  }
  const shown = `${showPlan(plan, ui.style)}\n${showDiffs(plan, ui.style)}`;
  ui.print(shown, options.dryRun ? showTotals(plan) : '');
  if (options.dryRun) {
    ui.result(planJson(plan));
    return EXIT.pending;
  }
  const again = [...program, 'doctor', '--fix'];
  if (!host.writable) {
    throw new SetupError({
      code: 'not-root',
      message: 'changing this host needs root',
      hint: quoteArgv(['sudo', ...again]),
      exitCode: EXIT.notPermitted,
    });
  }
  if (!(await ui.confirm('Make these repairs?', false))) {
    ui.print('Nothing has been changed.');
    return EXIT.cancelled;
  }
  return await applyAndReport(context, { facts, repeat: quoteArgv(again) }, async (run) => {
    const done: Change[] = [];
    let [next, ...rest]: readonly Finding[] = findings;
    while (next !== undefined) {
      await run.apply(changesOf(next.fix));
      done.push(...changesOf(next.fix));
      const now = rest.length > 0 ? await examine() : [];
      [next, ...rest] = rest.flatMap((each) => now.find((one) => isSame(one, each)) ?? []);
    }
    return done;
  });
}

function isSame(one: Finding, other: Finding): boolean {
  return one.id === other.id && one.title === other.title;
}

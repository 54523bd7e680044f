/** Somebody at a terminal decides about a plan: looks at it, applies it, goes back to the questions, or leaves. */
import type { Plan } from '../../change/change.ts';
import type { Action } from '../../ui/ask.ts';
import { showBrief, type BriefSetup } from '../../ui/show-brief.ts';
import { showCommands, showDiffs } from '../../ui/show-plan.ts';
import type { CommandContext } from '../command.ts';

export type Decision = 'apply' | 'edit' | 'quit';

/** @param canEdit whether questions were asked that can be asked again */
export async function reviewPlan(
  { ui }: Pick<CommandContext, 'ui'>,
  plan: Plan,
  setup: BriefSetup,
  canEdit: boolean,
): Promise<Decision> {
  ui.print(`\n${showBrief(plan, setup, ui.style)}\n`);
  const actions: readonly Action<Decision | 'view'>[] = [
    { value: 'view', title: 'view diffs' },
    { value: 'apply', title: 'apply' },
    ...(canEdit ? [{ value: 'edit', title: 'edit answers' } as const] : []),
    { value: 'quit', title: 'quit' },
  ];
  for (;;) {
    const chosen = await ui.menu(actions);
    if (chosen !== 'view') return chosen;
    // The diffs last: that of main.cf is what stands above the prompt then.
    const { changes } = plan;
    ui.print(`\n${showCommands(changes, ui.style)}\n\n${showDiffs(plan, ui.style)}\n`);
  }
}

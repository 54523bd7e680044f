/** Milters that would do the same work twice are set up together only when somebody says so. */
import { EXIT, SetupError } from '../../host/setup-error.ts';
import { conflictsOf } from '../../plan/conflicts.ts';
import type { HostFacts } from '../../plan/facts.ts';
import type { Wish } from '../../plan/wish.ts';
import { wrap } from '../../ui/wrap.ts';
import type { CommandContext } from '../command.ts';

/** @throws SetupError `conflict` where nobody can be asked and `--force` is not given, `cancelled` where they say no */
export async function respectConflicts(
  { options, ui }: CommandContext,
  facts: HostFacts,
  wish: Wish,
): Promise<void> {
  const conflicts = conflictsOf(facts, wish);
  if (conflicts.length === 0 || options.force) return;
  if (!ui.interactive || options.yes) {
    throw new SetupError({
      code: 'conflict',
      message: conflicts.join('\n'),
      hint: 'Leave one of them out, disable it, or give --force; nothing has been changed.',
      exitCode: EXIT.usage,
    });
  }
  if (await agreeToConflicts({ ui }, conflicts)) return;
  throw new SetupError({
    code: 'cancelled',
    message: 'Nothing has been changed.',
    exitCode: EXIT.cancelled,
  });
}

/** Whether somebody wants them together; true where there is no conflict. */
export async function agreeToConflicts(
  { ui }: Pick<CommandContext, 'ui'>,
  conflicts: readonly string[],
): Promise<boolean> {
  if (conflicts.length === 0) return true;
  const { columns } = ui.style;
  for (const conflict of conflicts) ui.warn(wrap(conflict, columns, '  ').trimStart());
  return await ui.confirm('Set them up together all the same?', false);
}

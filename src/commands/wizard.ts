/** The wizard: on a fresh host it sets everything up; on one that is set up it shows what is there and changes it. */
import { offeredFacts } from '../plan/repositories.ts';
import { carryOut } from './run/carry-out.ts';
import { changeSetUp } from './wizard/change-set-up.ts';
import type { CommandContext } from './command.ts';
import { firstSetUp } from './run/first-set-up.ts';
import { isSetUp } from './run/set-up.ts';
import { showFound } from './wizard/found.ts';

export async function run(context: CommandContext): Promise<number> {
  const facts = await offeredFacts(context.host, context.options.platform);
  showFound(context, facts);
  const given = Object.keys(context.given.flags).length > 0 || context.given.file !== undefined;
  if (isSetUp(context, facts) && context.ui.interactive && !given) {
    return await changeSetUp(context, facts);
  }
  return await carryOut(context, await firstSetUp(context, facts));
}

/** `milter-setup plan`: what the wizard would do, shown only. */
import { offeredFacts } from '../plan/repositories.ts';
import { carryOut } from './run/carry-out.ts';
import type { CommandContext } from './command.ts';
import { firstSetUp } from './run/first-set-up.ts';

export async function run(context: CommandContext): Promise<number> {
  const dry = { ...context, options: { ...context.options, dryRun: true, yes: true } };
  const facts = await offeredFacts(context.host, context.options.platform);
  return await carryOut(dry, await firstSetUp(dry, facts));
}

/** `milter-setup remove MILTER...`: disables milters and removes their packages. */
import { gatherFacts } from '../plan/facts.ts';
import type { CommandContext } from './command.ts';
import { installedMilters } from './answers/named-milters.ts';
import { requireManager } from './run/set-up.ts';
import { switchMilters } from './run/switch-milters.ts';

export async function run(context: CommandContext): Promise<number> {
  const facts = await gatherFacts(context.host, context.options.platform);
  requireManager(context, facts);
  const off = installedMilters(facts, context.arguments).map(({ milter }) => milter.name);
  return await switchMilters(context, facts, { off, remove: off });
}

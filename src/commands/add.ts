/** `milter-setup add [MILTER...]`: installs and sets up milters that were left out. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import { offeredFacts } from '../plan/repositories.ts';
import { chooseMilters } from './wizard/choose-milters.ts';
import type { CommandContext } from './command.ts';
import { namedMilters } from './answers/named-milters.ts';
import { addMilters } from './run/switch-milters.ts';

export async function run(context: CommandContext): Promise<number> {
  const { host, options, ui } = context;
  const facts = await offeredFacts(host, options.platform);
  const named = namedMilters(facts, context.arguments).map(({ milter }) => milter.name);
  if (named.length > 0) return await addMilters(context, facts, named);
  const missing = facts.milters
    .filter(({ setup, installed }) => setup !== undefined && !installed)
    .map(({ milter }) => milter);
  if (missing.length === 0) {
    ui.print('nothing to do: all milters are installed');
    return EXIT.ok;
  }
  if (!ui.interactive && !options.yes) {
    throw new SetupError({
      code: 'missing-answers',
      message: 'which milter shall be added?',
      hint: `milter-setup add ${missing.map(({ short }) => short).join(' ')}`,
      exitCode: EXIT.usage,
    });
  }
  const names = missing.map(({ name }) => name);
  const chosen = await chooseMilters(context, facts, 'Which shall be added?', names, names);
  return await addMilters(context, facts, chosen);
}

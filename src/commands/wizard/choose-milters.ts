/** Somebody at a terminal picks milters from a list. */
import type { HostFacts } from '../../plan/facts.ts';
import type { CommandContext } from '../command.ts';

/**
 * At least one of them, each with what it does; nothing is preselected, unless there is one only.
 * @param withYes what is taken with --yes
 */
export async function chooseMilters(
  { ui, options }: Pick<CommandContext, 'ui' | 'options'>,
  { milters }: HostFacts,
  message: string,
  from: readonly string[],
  withYes: readonly string[] = [],
): Promise<readonly string[]> {
  const widest = Math.max(...from.map((name) => name.length));
  const choices = from.map((name) => {
    const summary = milters.find(({ milter }) => milter.name === name)?.milter.summary ?? '';
    return { value: name, title: `${name.padEnd(widest)}  ${summary}`, summary: `${summary}.` };
  });
  const only = from.length === 1 ? from : [];
  return await ui.checkbox(message, choices, options.yes ? withYes : only);
}

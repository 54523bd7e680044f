/** `milter-setup report`: what the milters did in a time, from the manager's histories. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import { summarize } from '../history/summary.ts';
import { gatherFacts } from '../plan/facts.ts';
import { showHistory } from '../ui/show-history.ts';
import { span } from '../ui/show-verdicts.ts';
import type { CommandContext } from './command.ts';
import { secondsSince } from './since.ts';

export async function run({ host, options, verbOptions, ui }: CommandContext): Promise<number> {
  const { platform } = await gatherFacts(host, options.platform);
  const directory = platform.historyDirectory;
  const names = host.list(directory);
  const seconds = secondsSince(verbOptions['since'], '7d');
  const until = Math.floor(Date.now() / 1000);
  const summary = summarize((path) => host.read(path), directory, names, until - seconds, until);
  if (names.length === 0 || (host.unread?.size ?? 0) > 0) {
    throw new SetupError({
      code: 'no-history',
      message: `there is no history to be read in ${directory}`,
      hint: 'Run the command with sudo; where there is none, milter-setup sets it up.',
    });
  }
  ui.print(`The last ${span(seconds)}\n`);
  const text = showHistory(summary, ui.style);
  ui.print(text, text);
  const { from, manager, children } = summary;
  ui.result({
    schema: 1,
    kind: 'history',
    from,
    until,
    manager,
    milters: Object.fromEntries(children),
  });
  return EXIT.ok;
}

/** Before the first change: the packages can be had and installed, and what they take away was agreed to. */
import { showArguments } from '../../apply/commands.ts';
import type { RunResult } from '../../host/host.ts';
import { EXIT, SetupError } from '../../host/setup-error.ts';
import type { Command, Plan } from '../../change/change.ts';
import {
  installedBy,
  mtasAmong,
  removalNotes,
  removedBy,
  withRemovals,
} from '../../plan/removals.ts';
import type { Platform, Simulation } from '../../platforms/platform.ts';
import { wrap } from '../../ui/wrap.ts';
import type { CommandContext } from '../command.ts';

/**
 * @param shown what the plan says that it removes
 * @returns the plan, with what current lists know of removals
 * @throws SetupError `package-lists`, `packages`; `other-mta` where nobody agreed; `cancelled`
 */
export async function settlePackages(
  context: CommandContext,
  platform: Platform,
  plan: Plan,
  shown: readonly string[],
): Promise<Plan> {
  const { host } = context;
  const { simulation } = platform;
  if (simulation === undefined || !host.runs || installedBy(plan).length === 0) return plan;
  await play(context, simulation, plan);
  const removed = await removedBy(host, platform, plan);
  const news = removed.filter((name) => !shown.includes(name));
  if (news.length > 0) {
    for (const note of removalNotes(host, removed)) tell(context, note);
  }
  await respectOtherMta(context, removed);
  return news.length > 0 ? withRemovals(host, platform, plan, removed) : plan;
}

/** Fetches the lists, and has the package manager say whether it could install. */
async function play(
  { host, ui }: CommandContext,
  simulation: Simulation,
  plan: Plan,
): Promise<void> {
  const { refresh, tells } = simulation;
  const run = ({ argv, environment, timeout = 120 }: Command): Promise<RunResult> =>
    host.run(argv, { timeout: timeout * 1000, ...(environment && { environment }) });
  const fetched = refresh && (await run(refresh));
  const failed = fetched === undefined || fetched.exitCode === 0 ? [] : complaints(fetched);
  const command = simulation.command(installedBy(plan));
  const played = tells ? await run(command) : undefined;
  if (played === undefined || played.exitCode === 0) {
    // A list that none of these packages comes from.
    if (failed.length > 0)
      ui.warn(`not all package lists could be fetched:\n  ${failed.join('\n  ')}`);
    return;
  }
  if (failed.length > 0) {
    throw new SetupError({
      code: 'package-lists',
      message: ['the package lists could not be fetched:', ...failed].join('\n  '),
      hint: `Look at the network, at DNS and at the repositories, then try: ${showArguments(refresh!.argv)}\nNo changes were made.`,
    });
  }
  throw new SetupError({
    code: 'packages',
    message: ['the packages cannot be installed:', ...complaints(played)].join('\n  '),
    hint: `To see more: ${showArguments(command.argv)}\nNo changes were made.`,
  });
}

/** What a package manager says of a failure: the lines that it marks, or else the last ones. */
function complaints({ stdout, stderr }: RunResult): readonly string[] {
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  const marked = lines.filter((line) => /^(?:E|Err(?::\d+)?):? /.test(line));
  return marked.length > 0 ? [...new Set(marked)] : lines.slice(-10);
}

async function respectOtherMta(
  { ui, options }: CommandContext,
  removed: readonly string[],
): Promise<void> {
  const titles = mtasAmong(removed).map(({ title }) => title);
  if (titles.length === 0 || options.replaceMta) return;
  const who = titles.join(' and ');
  if (!ui.interactive || options.yes) {
    throw new SetupError({
      code: 'other-mta',
      message: `installing Postfix removes ${who}, the mail server of this host`,
      hint: `--replace-mta agrees to that. No changes were made.`,
      exitCode: EXIT.usage,
    });
  }
  if (await ui.confirm(`Replace ${who} with Postfix?`, false)) return;
  throw new SetupError({
    code: 'cancelled',
    message: 'No changes were made.',
    exitCode: EXIT.cancelled,
  });
}

function tell({ ui }: CommandContext, note: string): void {
  ui.warn(wrap(note, ui.style.columns, '  ').trimStart());
}

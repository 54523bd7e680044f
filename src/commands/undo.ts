/** `milter-setup undo`: takes back the last run, or all runs down to one, from the journal alone. */
import { planUndo } from '../apply/undo-plan.ts';
import {
  type Checkpoint,
  listCheckpoints,
  respectChanges,
  runsToUndo,
  undoNewest,
  undoTo,
  type Undoing,
} from '../apply/undo.ts';
import { EXIT, SetupError } from '../host/setup-error.ts';
import { PLATFORMS } from '../platforms/platforms.ts';
import { recogniseRelease } from '../platforms/recognise.ts';
import { entitled } from '../ui/entitled.ts';
import { showFiles } from '../ui/show-brief.ts';
import { planJson } from '../ui/plan-json.ts';
import { showPlan, showTotals } from '../ui/show-plan.ts';
import type { CommandContext } from './command.ts';

export async function run(context: CommandContext): Promise<number> {
  const { host, options, verbOptions, ui, signal } = context;
  const stateDirectory = stateDirectoryOf(context);
  if (verbOptions['list'] === true) return list(context, stateDirectory);
  if (!host.writable) throw needsRoot('undo needs root');
  const packages = verbOptions['packages'] === true;
  const to = typeof verbOptions['to'] === 'string' ? verbOptions['to'] : undefined;
  const runs = runsToUndo(host, { stateDirectory, packages }, to);
  if (options.dryRun) return show(context, runs, packages);
  if (ui.interactive) ui.print(briefly(context, runs, packages));
  if (!(await ui.confirm(`Take back ${runs.map(({ id }) => id).join(', ')}?`, true))) {
    ui.print('Nothing has been changed.');
    return EXIT.cancelled;
  }
  const progress = ui.progress();
  const { force } = options;
  const { log } = context;
  const setup = { stateDirectory, force, packages, events: progress.report, log, signal };
  let undoing: Undoing;
  try {
    undoing = await (to === undefined ? undoNewest(host, setup) : undoTo(host, to, setup));
  } finally {
    await progress.finish();
  }
  const { ids, notUndone, kept, saved } = undoing;
  for (const { change, reason } of kept) ui.print(`kept: ${change.title}: ${reason}`);
  for (const path of saved) ui.print(`saved what was there: ${path}`);
  for (const { change, error } of notUndone)
    ui.warn(`not undone: ${entitled(change.title, error.message)}`);
  const undone = `undone: ${ids.join(', ')}`;
  ui.print(undone, undone);
  if (notUndone.length > 0) ui.warn(`log: ${log.path ?? ''}`);
  ui.result({
    schema: 1,
    undone: ids,
    notUndone: notUndone.map(({ change, error }) => ({
      title: change.title,
      reason: error.message,
    })),
    kept: kept.map(({ change, reason }) => ({ title: change.title, reason })),
    saved,
    ...(log.path !== undefined && { logPath: log.path }),
  });
  return notUndone.length > 0 ? EXIT.notUndone : EXIT.ok;
}

/** The files, each on a line: what somebody who is about to say yes wants to know. */
function briefly(
  { host, ui }: CommandContext,
  runs: readonly Checkpoint[],
  packages: boolean,
): string {
  const { changes } = planUndo(host, runs, packages);
  const files = showFiles(changes, ui.style);
  const others = changes.filter(({ kind }) => kind !== 'write-file').length;
  const more = `${others} other ${others === 1 ? 'step' : 'steps'}; milter-setup undo --dry-run shows all.`;
  return ['', ...(files === '' ? [] : [files]), more].join('\n');
}

/** With --dry-run: the same runs, refused for the same reasons. */
function show(
  { host, options, ui }: CommandContext,
  runs: readonly Checkpoint[],
  packages: boolean,
): number {
  if (!options.force) respectChanges(host, runs);
  const plan = planUndo(host, runs, packages);
  ui.print(showPlan(plan, ui.style), showTotals(plan));
  ui.result(planJson(plan));
  return plan.changes.length === 0 ? EXIT.ok : EXIT.pending;
}

function needsRoot(message: string, ...words: readonly string[]): SetupError {
  return new SetupError({
    code: 'not-root',
    message,
    hint: ['sudo milter-setup undo', ...words].join(' '),
    exitCode: EXIT.notPermitted,
  });
}

/** Where the journal is; a host whose system files are broken still has it. */
function stateDirectoryOf({ host, options }: CommandContext): string {
  const name = options.platform ?? recogniseRelease(host)?.platform;
  if (name !== undefined) return PLATFORMS[name].stateDirectory;
  const known = [...new Set(Object.values(PLATFORMS).map((each) => each.stateDirectory))];
  return known.find((directory) => host.stat(directory) !== undefined) ?? known[0]!;
}

function list({ host, ui }: CommandContext, stateDirectory: string): number {
  const checkpoints = listCheckpoints(host, stateDirectory);
  if (host.unread?.size) throw needsRoot('the journal may be read by root only', '--list');
  const lines = checkpoints.map(
    ({ id, state, steps }) => `${id}  ${state}, ${steps.length} changes`,
  );
  const listed = lines.length === 0 ? 'there is no run to undo' : lines.join('\n');
  ui.print(listed, listed);
  ui.result({
    schema: 1,
    runs: checkpoints.map(({ id, verb, at, state, steps }) => ({
      id,
      verb,
      at,
      state,
      changes: steps.length,
    })),
  });
  return EXIT.ok;
}

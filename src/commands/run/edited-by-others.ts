/** A file that somebody changed since our last run is theirs: it is shown, and edited only when they say so. */
import { fingerprint, lastWritten } from '../../apply/state.ts';
import { SetupError } from '../../host/setup-error.ts';
import type { Plan } from '../../change/change.ts';
import type { CommandContext } from '../command.ts';

/**
 * @param agreed paths about which they said so already
 * @throws SetupError `changed-since` where nobody can be asked and `--force` is not given, `cancelled` where they say no
 */
export async function respectOthersEdits(
  { host, options, ui }: CommandContext,
  stateDirectory: string,
  plan: Plan,
  agreed: readonly string[] = [],
): Promise<void> {
  const paths = editedByOthers({ host }, stateDirectory, plan).filter(
    (path) => !agreed.includes(path),
  );
  if (paths.length === 0 || options.force) return;
  const said = `changed by somebody since milter-setup wrote it: ${paths.join(', ')}`;
  if (!ui.interactive) {
    throw new SetupError({
      code: 'changed-since',
      message: said,
      hint: 'Look at the diff, then give --force to edit what is there now; nothing has been changed.',
    });
  }
  ui.warn(said);
  if (await ui.confirm('Put our settings into what is there now, as the diff shows?', false))
    return;
  throw new SetupError({ code: 'cancelled', message: 'Nothing has been changed.', exitCode: 130 });
}

/** The paths that the plan edits and that are no longer as we left them. */
export function editedByOthers(
  { host }: Pick<CommandContext, 'host'>,
  stateDirectory: string,
  plan: Plan,
): readonly string[] {
  return plan.changes.flatMap((change) => {
    if (change.kind !== 'write-file' || change.before === undefined) return [];
    const ours = lastWritten(host, stateDirectory, change.path);
    return ours === undefined || ours === fingerprint(change.before) ? [] : [change.path];
  });
}

/** The C milter-manager goes on as it is unless somebody says that ours shall take its place. */
import { EXIT, SetupError } from '../../host/setup-error.ts';
import type { HostFacts } from '../../plan/facts.ts';
import type { Wish } from '../../plan/wish.ts';
import type { CommandContext } from '../command.ts';

/** What was found of it, for people; nothing where it filters no mail. */
export function predecessorLines({ predecessor }: HostFacts): readonly string[] {
  if (!predecessor?.inUse) return [];
  const { program, service, enabled, specs, configuration } = predecessor;
  const names = configuration.milters.map(({ name }) => name);
  return [
    'The C milter-manager filters mail on this host:',
    `  program   ${program ?? 'gone'}`,
    `  service   ${service}, ${enabled ? 'enabled' : 'not enabled'}`,
    `  socket    ${specs[0]?.value ?? 'unknown'} (${specs[0]?.source ?? ''})`,
    `  files     ${configuration.files.join(', ') || 'none'}`,
    `  milters   ${names.length > 0 ? `${names.join(', ')} by its files; ` : ''}others as it finds them`,
  ];
}

/** @throws SetupError `predecessor` where nobody agreed that ours takes its place: two managers would ask each milter twice */
export function respectPredecessor(
  { ui, verb }: CommandContext,
  facts: HostFacts,
  wish: Wish,
): void {
  if (!facts.predecessor?.inUse || wish.takeOver) return;
  // The wizard has said so at its beginning.
  if (verb !== '') ui.print(predecessorLines(facts).join('\n'));
  throw new SetupError({
    code: 'predecessor',
    message: 'the C milter-manager filters mail here; nothing has been changed',
    hint: 'milter-setup --take-over yes puts our manager in its place; --dry-run with it shows how.',
    exitCode: EXIT.usage,
  });
}

export function notTakenOver(): SetupError {
  return new SetupError({
    code: 'cancelled',
    message: 'Nothing has been changed: the C milter-manager goes on as it is.',
    exitCode: EXIT.cancelled,
  });
}

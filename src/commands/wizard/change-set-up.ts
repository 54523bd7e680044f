/** The wizard on a host that is set up: each milter with its state, and what can be done with them. */
import { listCheckpoints } from '../../apply/undo.ts';
import { EXIT } from '../../host/setup-error.ts';
import type { HostFacts } from '../../plan/facts.ts';
import type { Option } from '../../ui/ask.ts';
import { showStatus } from '../../ui/show-status.ts';
import { carryOut } from '../run/carry-out.ts';
import { otherSettings } from './change-settings.ts';
import { chooseMilters } from './choose-milters.ts';
import type { CommandContext } from '../command.ts';
import { milterStatuses } from '../status/milter-statuses.ts';
import { type Drift, findDrift, repairDrift } from './repair-drift.ts';
import { chosenBefore } from '../run/set-up.ts';
import { addMilters, switchMilters } from '../run/switch-milters.ts';
import { run as undo } from '../undo.ts';

type Action = 'nothing' | 'add' | 'enable' | 'disable' | 'settings' | 'repair' | 'undo';

export async function changeSetUp(context: CommandContext, facts: HostFacts): Promise<number> {
  const { ui } = context;
  const statuses = milterStatuses(facts);
  ui.print(`\n${showStatus(statuses, ui.style)}`);
  const able = facts.milters.filter(({ setup }) => setup !== undefined);
  const names = (wanted: (status: (typeof statuses)[number]) => boolean): readonly string[] =>
    statuses
      .filter((status) => able.some(({ milter }) => milter.name === status.name) && wanted(status))
      .map(({ name }) => name);
  const missing = names(({ installed }) => !installed);
  const enabled = names(({ installed, enabled: on }) => installed && on);
  const disabled = names(({ installed, enabled: on }) => installed && !on);
  const chosen = chosenBefore(context, facts);
  const drift = await findDrift(context, facts, chosen);
  const action = await ui.select<Action>(
    'What shall be done?',
    actions(context, facts, { missing, enabled, disabled, chosen, drift }),
    drift === undefined ? 'nothing' : 'repair',
  );
  const as = (verb: string, words: readonly string[]): CommandContext => ({
    ...context,
    verb,
    arguments: words,
  });
  switch (action) {
    case 'add': {
      const on = await chooseMilters(context, facts, 'Which shall be added?', missing);
      return await addMilters(as(action, on), facts, on);
    }
    case 'enable': {
      const on = await chooseMilters(context, facts, 'Which shall be enabled?', disabled);
      return await switchMilters(as(action, on), facts, { on });
    }
    case 'disable': {
      const off = await chooseMilters(context, facts, 'Which shall be disabled?', enabled);
      return await switchMilters(as(action, off), facts, { off });
    }
    case 'settings':
      return await carryOut(context, await otherSettings(context, facts, chosen));
    case 'repair':
      return await repairDrift(context, drift!);
    case 'undo':
      return await undo({ ...as(action, []), verbOptions: {} });
    case 'nothing':
      ui.print('nothing to do');
      return EXIT.ok;
  }
}

function actions(
  { host }: CommandContext,
  { platform }: HostFacts,
  found: {
    readonly missing: readonly string[];
    readonly enabled: readonly string[];
    readonly disabled: readonly string[];
    readonly chosen: readonly string[];
    readonly drift: Drift | undefined;
  },
): readonly Option<Action>[] {
  const { missing, enabled, disabled, chosen, drift } = found;
  const last = listCheckpoints(host, platform.stateDirectory).find(
    ({ state }) => state === 'applied',
  );
  const option = (
    there: boolean,
    value: Action,
    what: string,
    summary: string,
  ): Option<Action>[] => (there ? [{ value, title: `${value.padEnd(10)}${what}`, summary }] : []);
  return [
    ...option(true, 'nothing', 'leave all as it is', 'Nothing is changed.'),
    ...option(missing.length > 0, 'add', 'install and set up one more', `${missing.join(', ')}.`),
    ...option(disabled.length > 0, 'enable', 'start one that is off', `${disabled.join(', ')}.`),
    ...option(
      enabled.length > 0,
      'disable',
      'stop one, and keep it installed',
      `${enabled.join(', ')}. main.cf is not touched, and mail does not pause.`,
    ),
    ...option(
      chosen.length > 0,
      'settings',
      'change an answer',
      'What happens while the manager is down, connections, networks, DKIM, DMARC.',
    ),
    ...option(
      drift !== undefined,
      'repair',
      'put back what drifted',
      drift === undefined || drift.edited.length === 0
        ? 'Something is not as the last run left it.'
        : `Changed by somebody since the last run: ${drift.edited.join(', ')}.`,
    ),
    ...option(
      last !== undefined,
      'undo',
      'take back the last run',
      `${last?.id ?? ''}: every file as it was before.`,
    ),
  ];
}

/** The wizard: on a fresh host it sets everything up; on one that is set up it shows what is there and changes it. */
import { EXIT } from '../host/setup-error.ts';
import type { HostFacts } from '../plan/facts.ts';
import { offeredFacts } from '../plan/repositories.ts';
import { showStatus } from '../ui/show-status.ts';
import { carryOut } from './carry-out.ts';
import type { CommandContext } from './command.ts';
import { gatherAnswers, wishFrom } from './gather-answers.ts';
import { milterStatuses } from './milter-statuses.ts';
import { predecessorLines } from './respect-predecessor.ts';
import { repeatOf } from './repeat.ts';
import { isSetUp } from './set-up.ts';
import { addMilters, switchMilters } from './switch-milters.ts';
import { SETUP_QUESTIONS } from './verb-questions.ts';

export async function run(context: CommandContext): Promise<number> {
  const facts = await offeredFacts(context.host, context.options.platform);
  const { ui } = context;
  ui.print(`This host runs ${facts.release.title}.`);
  for (const { milter, unavailable } of facts.milters) {
    if (unavailable !== undefined) ui.print(`${milter.name} is not offered: ${unavailable}.`);
  }
  showExisting(context, facts);
  const given = Object.keys(context.given.flags).length > 0 || context.given.file !== undefined;
  if (isSetUp(context, facts) && ui.interactive && !given) return await change(context, facts);
  return await setUp(context, facts);
}

/** What filters mail already, before anything is asked about it. */
function showExisting({ ui }: CommandContext, facts: HostFacts): void {
  for (const line of predecessorLines(facts)) ui.print(line);
  if (facts.asked.length === 0) return;
  const there = milterStatuses(facts).filter(({ name }) =>
    facts.asked.some((each) => each.name === name),
  );
  ui.print(`Postfix asks these milters by itself now:\n\n${showStatus(there, ui.style)}`);
}

async function setUp(context: CommandContext, facts: HostFacts): Promise<number> {
  const answers = await gatherAnswers(context, facts, SETUP_QUESTIONS);
  const off = facts.milters
    .filter(({ milter, detected }) => detected?.enabled && !answers.milters.includes(milter.name))
    .map(({ milter }) => milter.name);
  return await carryOut(context, {
    facts,
    wish: wishFrom(answers, { on: answers.milters, off: isSetUp(context, facts) ? off : [] }),
    answers,
    repeat: repeatOf(context, answers, SETUP_QUESTIONS),
  });
}

/** Shows each milter, and offers what can be done with them. */
async function change(context: CommandContext, facts: HostFacts): Promise<number> {
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
  const action = await ui.select(
    'What shall be done?',
    [
      { value: 'nothing', title: 'nothing' },
      ...(missing.length > 0 ? [{ value: 'add', title: `add (${missing.join(', ')})` }] : []),
      ...(enabled.length > 0
        ? [{ value: 'disable', title: `disable (${enabled.join(', ')})` }]
        : []),
      ...(disabled.length > 0
        ? [{ value: 'enable', title: `enable (${disabled.join(', ')})` }]
        : []),
      { value: 'answers', title: 'change an answer (default action, connections, networks)' },
    ],
    'nothing',
  );
  const choose = (from: readonly string[]): Promise<readonly string[]> =>
    ui.checkbox(
      `Which shall be ${action === 'add' ? 'added' : `${action}d`}?`,
      from.map((name) => ({ value: name, title: name })),
      from.length === 1 ? from : [],
    );
  const as = (names: readonly string[]): CommandContext => ({
    ...context,
    verb: action,
    arguments: names,
  });
  switch (action) {
    case 'add': {
      const on = await choose(missing);
      return await addMilters(as(on), facts, on);
    }
    case 'enable': {
      const on = await choose(disabled);
      return await switchMilters(as(on), facts, { on });
    }
    case 'disable': {
      const off = await choose(enabled);
      return await switchMilters(as(off), facts, { off });
    }
    case 'answers':
      return await setUp(context, facts);
    default:
      ui.print('nothing to do');
      return EXIT.ok;
  }
}

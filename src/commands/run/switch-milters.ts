/** Adding, enabling and disabling milters on a host that is set up: the same plan with a smaller wish. */
import type { HostFacts } from '../../plan/facts.ts';
import type { Wish } from '../../plan/wish.ts';
import type { Answers } from '../../questions/questions.ts';
import { carryOut } from './carry-out.ts';
import type { CommandContext } from '../command.ts';
import type { Undertaking } from './decide.ts';
import { gatherAnswers, wishFrom } from '../answers/gather-answers.ts';
import { repeatOf } from '../answers/repeat.ts';
import { chosenBefore, isSetUp, setUpBefore } from './set-up.ts';
import { MILTER_QUESTIONS, SETTINGS_QUESTIONS } from '../verb-questions.ts';

/** Installs and sets up milters that were left out; asks what it must know for them. */
export async function addMilters(
  context: CommandContext,
  facts: HostFacts,
  names: readonly string[],
): Promise<number> {
  return await carryOut(context, await addition(context, facts, names));
}

async function addition(
  context: CommandContext,
  facts: HostFacts,
  names: readonly string[],
  before?: Answers,
): Promise<Undertaking> {
  const ask = isSetUp(context, facts) ? MILTER_QUESTIONS : SETTINGS_QUESTIONS;
  const { answers: asked } = await gatherAnswers(context, facts, ask, {
    milters: names,
    ...(before && { before }),
  });
  const answers = { ...asked, milters: onAfter(context, facts, names, []) };
  return {
    facts,
    wish: wishFrom(answers, { on: names, setUpBefore: setUpBefore(context, facts) }),
    answers,
    repeat: repeatOf(context, facts, answers, SETTINGS_QUESTIONS),
    edit: () => addition(context, facts, names, asked),
  };
}

/** Turns milters on or off; everything else keeps its last answer. */
export async function switchMilters(
  context: CommandContext,
  facts: HostFacts,
  wish: Partial<Pick<Wish, 'on' | 'off' | 'remove'>>,
): Promise<number> {
  const { answers: asked } = await gatherAnswers(context, facts, []);
  const answers = { ...asked, milters: onAfter(context, facts, wish.on ?? [], wish.off ?? []) };
  return await carryOut(context, {
    facts,
    wish: wishFrom(answers, { ...wish, setUpBefore: setUpBefore(context, facts) }),
    answers,
    repeat: repeatOf(context, facts, answers, []),
  });
}

/** Those that are ours to set up, and are enabled once it is done. */
function onAfter(
  context: CommandContext,
  facts: HostFacts,
  on: readonly string[],
  off: readonly string[],
): readonly string[] {
  const before = chosenBefore(context, facts);
  return facts.milters
    .map(({ milter }) => milter.name)
    .filter((name) => on.includes(name) || before.includes(name))
    .filter((name) => !off.includes(name));
}

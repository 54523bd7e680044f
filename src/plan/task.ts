/** What the wish comes to on this host: which milters are set up, which are turned off, what is taken over. */
import type { HostReader } from '../host/host.ts';
import type { MilterSetup } from '../milters/milter.ts';
import type { HostFacts, MilterFacts } from './facts.ts';
import { withKeptMilters } from './kept-milters.ts';
import { managerValues } from './manager.ts';
import { NOTHING_TAKEN, takeOver, type TakenOver } from './take-over.ts';
import { templateValues, type Wish } from './wish.ts';

export interface ChosenMilter extends MilterFacts {
  readonly setup: MilterSetup;
}

export interface Task {
  readonly facts: HostFacts;
  readonly wish: Wish;
  /** In the documents' order, SpamAssassin first; that of `milters` is the one in which mail meets them. */
  readonly chosen: readonly ChosenMilter[];
  readonly off: readonly MilterFacts[];
  /** Whether our manager takes the place of the C milter-manager. */
  readonly takingOver: boolean;
  readonly taken: TakenOver;
  /** Whether the manager and Postfix are looked after: not where milters are only turned off. */
  readonly settingUp: boolean;
  /** For the `{{name}}`s of the templates. */
  readonly values: Readonly<Record<string, string>>;
}

export function readTask(host: HostReader, found: HostFacts, wish: Wish): Task {
  const facts = withKeptMilters(host, found, wish);
  const chosen = facts.milters
    .filter(
      (each): each is ChosenMilter =>
        each.setup !== undefined && wish.on.includes(each.milter.name),
    )
    .toReversed();
  const takingOver = wish.takeOver === true && facts.predecessor?.inUse === true;
  return {
    facts,
    wish,
    chosen,
    off: facts.milters.filter(({ milter }) => wish.off.includes(milter.name)),
    takingOver,
    taken: takingOver ? takeOver(facts, facts.detected) : NOTHING_TAKEN,
    settingUp: chosen.length > 0 || takingOver,
    values: {
      ...templateValues(wish),
      ...managerValues(facts),
      spfRejects: isJudgedBySpf(facts, wish) ? 'False' : 'Fail',
    },
  };
}

/** Whether a milter weighs the results of SPF with others: then no result alone is a verdict. */
function isJudgedBySpf({ milters }: HostFacts, { on, off }: Wish): boolean {
  return milters.some(
    ({ milter, detected }) =>
      milter.judgesBy?.results.includes('spf') === true &&
      !off.includes(milter.name) &&
      (on.includes(milter.name) || detected?.enabled === true),
  );
}

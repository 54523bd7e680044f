/** Which of our milters filter mail, and what to expect of each. */
import type { DetectedMilter } from '../detect/detected.ts';
import type { Requirement } from '../change/change.ts';
import type { HostFacts } from './facts.ts';
import { ANY_ANSWER } from './kept-milters.ts';
import type { OwnChild } from './taken-children.ts';
import type { Wish } from './wish.ts';

/** A milter that filters mail after the plan. */
export interface ActiveMilter {
  readonly name: string;
  readonly connectionSpec: string;
  readonly expect: string;
  readonly patience: number;
  readonly requires: Requirement | undefined;
  readonly signs: boolean;
  /** Set up by hand: what it does to a test mail is not known. */
  readonly kept: boolean;
  readonly mayBeDown?: true;
}

/**
 * Those of our milters, and of those that Postfix asked by itself, that filter mail once the plan is carried out, on
 * the sockets that their files will name.
 */
export function activeMilters(
  facts: HostFacts,
  wish: Pick<Wish, 'on' | 'off'>,
  detected: readonly DetectedMilter[],
): readonly ActiveMilter[] {
  const ours = facts.milters.flatMap(({ milter, setup }): ActiveMilter[] => {
    const found = detected.find((each) => each.name === milter.name);
    const on = wish.on.includes(milter.name) || found?.enabled === true;
    if (!on || wish.off.includes(milter.name) || !setup) return [];
    return [
      {
        name: milter.name,
        connectionSpec: found?.connectionSpec ?? setup.connectionSpec,
        expect: setup.expect,
        patience: setup.patience,
        requires: setup.requires,
        signs: setup.signs === true,
        kept: setup.kept === true,
      },
    ];
  });
  const others = facts.asked
    .filter(({ name }) => !facts.milters.some(({ milter }) => milter.name === name))
    .flatMap(({ name }): ActiveMilter[] => {
      const found = detected.find((each) => each.name === name && each.enabled);
      if (found?.connectionSpec === undefined || wish.off.includes(name)) return [];
      const { connectionSpec } = found;
      const unknown = { expect: ANY_ANSWER, patience: 10, requires: undefined, signs: false };
      return [{ name, connectionSpec, ...unknown, kept: true }];
    });
  return [...ours, ...others];
}

/** A child that the manager's own configuration names. It may have been down before, too: that is said, and no error. */
export function ownMilter({ name, connectionSpec }: OwnChild): ActiveMilter {
  const unknown = { expect: ANY_ANSWER, patience: 10, requires: undefined, signs: false };
  return { name, connectionSpec, ...unknown, kept: true, mayBeDown: true };
}

/**
 * Which elements leave Postfix's lists, because the manager asks those milters from now on; and why others that look like
 * them stay.
 */
import { postfixSpellings } from '../postfix/notation.ts';
import type { ActiveMilter } from './active-milters.ts';
import type { HostFacts } from './facts.ts';
import type { Wish } from './wish.ts';

export interface LeavesLists {
  /** As Postfix writes them, in all spellings. */
  readonly takeOut: readonly string[];
  readonly notes: readonly string[];
}

/** @param active whom the manager asks after the plan: nothing leaves for anybody else */
export function leavesLists(
  facts: HostFacts,
  { off }: Pick<Wish, 'off'>,
  active: readonly ActiveMilter[],
): LeavesLists {
  const { detected, postfix, unowned } = facts;
  // Where a milter listened before its settings changed nobody does afterwards.
  const specs = active.flatMap(({ name, connectionSpec, standing }) => {
    const before = detected.find((each) => each.name === name)?.connectionSpec;
    return before === undefined || standing === 'own' ? [connectionSpec] : [connectionSpec, before];
  });
  const stopped = detected.flatMap(({ name, connectionSpec }) =>
    off.includes(name) && connectionSpec !== undefined ? [connectionSpec] : [],
  );
  const elements = unowned.map((each) => {
    const milter = active.find(({ name }) => name === each.usual);
    const dead = milter !== undefined && each.listens === false;
    return { ...each, milter, dead };
  });
  return {
    takeOut: [
      ...[...new Set([...specs, ...stopped])].flatMap((spec) =>
        postfixSpellings(spec, postfix.queueDirectory),
      ),
      ...elements.filter(({ dead }) => dead).map(({ element }) => element),
    ],
    notes: [
      ...elements.map(({ element, source, usual, milter, dead }) => {
        const where = `${source}: ${element}`;
        if (dead) {
          return `${where}: nobody listens there; ${usual} does at ${milter!.connectionSpec}, where the manager asks it`;
        }
        return milter === undefined
          ? `${where}: ${usual} is usually there, and no file of this host tells more of it. Postfix asks it as before.`
          : `${where}: ${usual} is usually there, but the one of this host is at ${milter.connectionSpec}. Postfix asks ` +
              'it as before, beside the manager. If nobody listens there, take it out of main.cf.';
      }),
      ...stayingNotes(facts, off, active),
    ],
  };
}

/** Postfix asks them by themselves, and the manager does not: what its own configuration says counts. */
function stayingNotes(
  { asked, manager, postfix }: HostFacts,
  off: readonly string[],
  active: readonly ActiveMilter[],
): readonly string[] {
  return asked
    .filter(({ name }) => !off.includes(name) && !active.some((each) => each.name === name))
    .map(({ name, element }) => {
      const managed = manager.milters.find((each) => each.name === name);
      const line = managed?.line('enabled') ?? manager.line('detect');
      const why =
        line === undefined
          ? 'the manager does not find it'
          : `${line} keeps the manager from asking it`;
      return `${postfix.path}: ${element} stays: ${name} is there, and ${why}`;
    });
}

/** Milters that nobody chose, and that the manager finds enabled. */
export function foundNotes(
  { detected, milters, platform }: HostFacts,
  active: readonly ActiveMilter[],
): readonly string[] {
  return active
    .filter(({ standing }) => standing === 'found')
    .map(({ name, connectionSpec }) => {
      const source = detected.find((each) => each.name === name)?.sources.connectionSpec;
      const ours = milters.find(({ milter, setup }) => milter.name === name && setup);
      const off = ours
        ? `milter-setup disable ${ours.milter.short}`
        : `enabled = no in [milter.${name}] of ${platform.managerDirectory}/milter-manager.ini`;
      const where = source === undefined ? connectionSpec : `${connectionSpec}, ${source}`;
      return `${name} is enabled, and was not chosen: the manager asks it, too (${where}); its settings stay. To leave it out: ${off}`;
    });
}

/** Milters that do the same work: together they do it twice. */
import type { HostFacts } from './facts.ts';
import type { Wish } from './wish.ts';

/** A sentence for each pair that filters after the plan, of which the plan turns one on. */
export function conflictsOf(
  facts: HostFacts,
  { on, off }: Pick<Wish, 'on' | 'off'>,
): readonly string[] {
  /** Of one that no file of this host tells more about. */
  const elsewhere = (name: string) => facts.unowned.find(({ usual }) => usual === name);
  const here = (name: string): boolean =>
    on.includes(name) ||
    (!off.includes(name) &&
      facts.milters.some(({ milter, detected }) => milter.name === name && detected?.enabled));
  const filters = (name: string): boolean => here(name) || elsewhere(name) !== undefined;
  const called = (name: string): string => {
    const at = here(name) ? undefined : elsewhere(name);
    return at === undefined ? name : `${name} (${at.source}: ${at.element})`;
  };
  return facts.milters.flatMap(({ milter: { name, conflicts = [] } }) =>
    conflicts
      .filter(({ milter: other }) => filters(name) && filters(other))
      .filter(({ milter: other }) => on.includes(name) || on.includes(other))
      .map(({ milter: other, why }) => `${called(name)} together with ${called(other)}: ${why}`),
  );
}

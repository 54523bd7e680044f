/** Milters that do the same work: together they do it twice. */
import type { HostFacts } from './facts.ts';
import type { Wish } from './wish.ts';

/** A sentence for each pair that filters after the plan, of which the plan turns one on. */
export function conflictsOf(
  facts: HostFacts,
  { on, off }: Pick<Wish, 'on' | 'off'>,
): readonly string[] {
  const filters = (name: string): boolean =>
    on.includes(name) ||
    (!off.includes(name) &&
      facts.milters.some(({ milter, detected }) => milter.name === name && detected?.enabled));
  return facts.milters.flatMap(({ milter: { name, conflicts = [] } }) =>
    conflicts
      .filter(({ milter: other }) => filters(name) && filters(other))
      .filter(({ milter: other }) => on.includes(name) || on.includes(other))
      .map(({ milter: other, why }) => `${name} together with ${other}: ${why}`),
  );
}

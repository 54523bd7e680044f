/** Which children see a message's content at the same time, and which must wait for the changes of others. */
import { BadValue } from './values.ts';

/** Milters that wait for each other. */
export class AfterCircle extends BadValue {
  constructor(readonly names: readonly string[]) {
    super(`after goes round in a circle: ${names.join(' after ')}`);
  }
}

interface Ordered {
  readonly name: string;
  /** Milters whose changes it must see; undefined: everything listed before it. */
  readonly after: readonly string[] | undefined;
}

/**
 * Gives each milter its stage, from 0: one more than the last stage among those that it comes after. Names that are
 * not there do not count: an entry may name milters that this host does not have.
 * @throws AfterCircle where `after` goes round in a circle
 */
export function assignStages<T extends Ordered>(
  milters: readonly T[],
): readonly (T & { stage: number })[] {
  const byName = new Map(milters.map((milter) => [milter.name, milter]));
  const stages = new Map<string, number>();
  const stageOf = (milter: T, path: readonly string[]): number => {
    const known = stages.get(milter.name);
    if (known !== undefined) return known;
    if (path.includes(milter.name)) throw new AfterCircle([...path, milter.name]);
    const earlier =
      milter.after ?? milters.slice(0, milters.indexOf(milter)).map(({ name }) => name);
    let stage = 0;
    for (const name of earlier) {
      const other = byName.get(name);
      if (other) stage = Math.max(stage, stageOf(other, [...path, milter.name]) + 1);
    }
    stages.set(milter.name, stage);
    return stage;
  };
  return milters.map((milter) => ({ ...milter, stage: stageOf(milter, []) }));
}

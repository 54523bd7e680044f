/** What a host's histories come to between two moments. */
import { add, type Numbers } from './columns.ts';
import { readHistory, type ReadFile } from './history-file.ts';
import { childOfHistory, MANAGER_HISTORY } from './places.ts';
import { RINGS, slotOf, type Ring } from './rings.ts';

export interface Summary {
  /** Seconds since 1970: the beginning of the first stretch that is counted. */
  readonly from: number;
  readonly until: number;
  readonly manager: Numbers;
  /** By name, sorted. */
  readonly children: ReadonlyMap<string, Numbers>;
}

/** The finest ring that still has what happened so long ago. @param seconds before now */
export function ringFor(seconds: number): Ring {
  return RINGS.find((ring) => seconds <= ring.seconds * (ring.rows - 1)) ?? RINGS.at(-1)!;
}

/**
 * @param names the files of the directory
 * @param from, until seconds since 1970
 */
export function summarize(
  read: ReadFile,
  directory: string,
  names: readonly string[],
  from: number,
  until: number,
): Summary {
  const ring = ringFor(until - from);
  const { begins } = slotOf(ring, from * 1000);
  const total = (file: string): Numbers =>
    readHistory(read, `${directory}/${file}`, ring.name, begins, until)
      .map(({ numbers }) => numbers)
      .reduce(add, {});
  const children = names
    .flatMap((file) => {
      const child = childOfHistory(file);
      return child === undefined ? [] : [[child, total(file)] as const];
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { from: begins, until, manager: total(MANAGER_HISTORY), children: new Map(children) };
}

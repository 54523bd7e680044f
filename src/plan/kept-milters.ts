/** Milters that were set up by hand and stay so: nothing of theirs is written, the manager asks them where they are. */
import { dirname } from 'node:path';
import { groupNumbered } from '../host/accounts.ts';
import type { FileStat, HostReader } from '../host/host.ts';
import type { MilterSetup } from '../milters/milter.ts';
import type { HostFacts, MilterFacts } from './facts.ts';
import type { Wish } from './wish.ts';

/** Of a milter whose settings nobody of us knows, any answer shows that it works. */
export const ANY_ANSWER = 'pass,accept,reject,temporary-failure,discard,quarantine';

/** Whether a milter that was set up by hand stays so: as was answered, and where nothing else is wanted of it. */
export function keepsSettings(
  { asked }: Pick<HostFacts, 'asked'>,
  wish: Pick<Wish, 'on' | 'keep'>,
  name: string,
): boolean {
  const isAsked = asked.some((each) => each.name === name);
  return wish.keep?.includes(name) === true || (isAsked && !wish.on.includes(name));
}

/** The facts for the plan: of each milter that keeps its settings, what is left for us to do. */
export function withKeptMilters(
  host: HostReader,
  facts: HostFacts,
  wish: Pick<Wish, 'on' | 'keep'>,
): HostFacts {
  const milters = facts.milters.map((each) => {
    const kept = keepsSettings(facts, wish, each.milter.name) && each.detected !== undefined;
    return kept && each.setup ? { ...each, setup: keptSetup(host, each, each.setup) } : each;
  });
  return { ...facts, milters };
}

/** What is kept, and where it was found. */
export function keptNotes(facts: HostFacts, wish: Wish): readonly string[] {
  return facts.milters.flatMap(({ milter: { name }, setup, detected }) => {
    if (setup?.kept !== true || wish.off.includes(name)) return [];
    const source = detected?.sources.connectionSpec;
    return [`${name} keeps its settings: ${setup.connectionSpec}${source ? ` (${source})` : ''}`];
  });
}

/** What the last run set up, and somebody has taken away since. */
export function withdrawnNotes(
  { milters }: HostFacts,
  { withdrawn = [] }: Pick<Wish, 'withdrawn'>,
): readonly string[] {
  return milters
    .filter(({ milter: { name } }) => withdrawn.includes(name))
    .map(
      ({ milter: { name, short } }) =>
        `${name} was uninstalled since the last run, and stays away. To have it back: milter-setup add ${short}`,
    );
}

function keptSetup(host: HostReader, { detected }: MilterFacts, setup: MilterSetup): MilterSetup {
  const spec = detected?.connectionSpec ?? setup.connectionSpec;
  const why = setup.services.at(-1)?.why ?? 'It filters mail.';
  return {
    ...setup,
    packages: [],
    files: [],
    directories: [],
    preparations: [],
    groups: groupsToReach(host, spec, setup.groups),
    services: detected ? [{ name: detected.service, why }] : [],
    connectionSpec: spec,
    expect: ANY_ANSWER,
    kept: true,
    shows: [],
  };
}

/**
 * The groups by which the manager's user gets to the socket: those of the socket and of the directories above it, where
 * others may not.
 *
 * @param usual the groups where the socket is not there to be looked at
 */
export function groupsToReach(
  host: HostReader,
  spec: string,
  usual: readonly string[],
): readonly string[] {
  const path = /^unix:(.*)$/.exec(spec)?.[1];
  if (path === undefined) return [];
  const socket = host.stat(path);
  if (socket?.type !== 'socket') return usual;
  const needed = [groupFor(host, socket, 0o002, 0o020)];
  for (let at = dirname(path); at !== '/' && at !== '.'; at = dirname(at)) {
    const directory = host.stat(at);
    if (directory) needed.push(groupFor(host, directory, 0o001, 0o010));
  }
  return [...new Set(needed.filter((name) => name !== undefined))];
}

/** Never root's group: nobody should get more rights than a socket needs. */
function groupFor(
  host: HostReader,
  { mode, gid }: FileStat,
  others: number,
  group: number,
): string | undefined {
  if ((mode & others) !== 0 || (mode & group) === 0 || gid === 0) return undefined;
  return groupNumbered(host, gid)?.name;
}

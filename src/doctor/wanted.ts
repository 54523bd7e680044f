/** Milters that our last run was told to set up, and that do not filter mail: it had to wait for something, or they went. */
import { anyExists } from '../host/any-exists.ts';
import type { HostReader } from '../host/host.ts';
import type { HostFacts, MilterFacts } from '../plan/facts.ts';
import { advice, type Check, NO_MANAGER, type Problem, type Remedy, run } from './finding.ts';

export interface Missing {
  readonly milter: string;
  /** `there are no virus signatures yet`, `its package is not installed`. */
  readonly why: string;
  /** Whether somebody has turned it off since: that may be meant. */
  readonly turnedOff: boolean;
  readonly fix: readonly Remedy[];
}

/** @param names of the milters that the last run was told to set up */
export function missingOf(
  host: HostReader,
  { milters }: HostFacts,
  names: readonly string[],
): readonly Missing[] {
  return milters
    .filter(({ milter }) => names.includes(milter.name))
    .flatMap((each): readonly Missing[] => {
      const missing = whyOff(host, each);
      return missing === undefined ? [] : [missing];
    });
}

function whyOff(
  host: HostReader,
  { milter: { name }, setup, installed, detected }: MilterFacts,
): Missing | undefined {
  if (detected?.enabled) return undefined;
  const { requires } = setup ?? {};
  if (!installed && detected === undefined) {
    const fix = [run('milter-setup', 'add', name)];
    return { milter: name, why: 'its package is not installed', turnedOff: false, fix };
  }
  if (requires !== undefined && !anyExists(host, requires.anyOf)) {
    const fix = [advice(requires.finish)];
    return { milter: name, why: requires.otherwise, turnedOff: false, fix };
  }
  const fix = [run('milter-setup', 'enable', name)];
  return { milter: name, why: 'it was turned off since', turnedOff: true, fix };
}

/** A sentence for who looks at the host. */
export function saidOfMissing({ milter, why }: Missing): string {
  return `you asked for ${milter}, and it is off: ${why}`;
}

export const wanted: Check = {
  id: 'asked-for',
  title: 'all milters that were asked for filter mail',
  applies: ({ managerInstalled, ours }) => {
    if (!managerInstalled) return NO_MANAGER;
    return ours.wanted !== undefined || 'milter-setup has asked nothing here';
  },
  look: (host, facts) =>
    missingOf(host, facts, facts.ours.wanted ?? []).map((missing): Problem => ({
      grade: missing.turnedOff ? 'warning' : 'error',
      title: saidOfMissing(missing),
      evidence: [`${facts.platform.stateDirectory}/answers.ini: milters names it`],
      fix: [
        ...missing.fix,
        advice(`or, where it shall stay off: milter-setup disable ${missing.milter}`),
      ],
    })),
};

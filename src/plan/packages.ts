/** Packages that are missing, found by a path that each one brings. */
import type { HostReader } from '../host/host.ts';
import type { MilterSetup, Package } from '../milters/milter.ts';
import type { RunCommands } from '../change/change.ts';
import type { HostFacts, MilterFacts } from './facts.ts';
import { planHold } from './hold.ts';

export function planPackages(
  host: HostReader,
  facts: HostFacts,
  setups: readonly MilterSetup[],
): readonly RunCommands[] {
  if (setups.length === 0) return [];
  const { platform } = facts;
  const postfix: Package = {
    name: 'postfix',
    marker: platform.postfixProgram,
  };
  const isMissing = ({ marker }: Package): boolean => host.stat(marker) === undefined;
  const missing = [postfix, ...setups.flatMap((setup) => setup.packages)]
    .filter(isMissing)
    .filter(({ name }, index, all) => all.findIndex((each) => each.name === name) === index);
  const repositories = missing.flatMap(({ name, repository }) =>
    repository
      ? [installation(facts, [name], `add the repository ${repository.name}`, repository.why)]
      : [],
  );
  const names = missing.filter(({ repository }) => !repository).map(({ name }) => name);
  if (names.length === 0) return repositories;
  const title = `install ${names.length === 1 ? names[0]! : `${names.length} packages`}`;
  const why = `They are missing: ${names.join(', ')}.`;
  const hold = planHold(
    host,
    facts,
    setups.filter(({ packages }) => packages.some(isMissing)),
    isMissing(postfix),
  );
  return [...hold.begin, ...repositories, installation(facts, names, title, why), ...hold.end];
}

function installation(
  { platform }: HostFacts,
  names: readonly string[],
  title: string,
  why: string,
): RunCommands {
  return {
    kind: 'install-packages',
    phase: 'packages',
    title,
    why,
    commands: platform.installPackages(names),
    undo: platform.removePackages(names),
    packages: names,
  };
}

/** The milter's own package goes; what it shares with others (spamd, clamd) and its configuration files stay. */
export function planRemovals(
  facts: HostFacts,
  removed: readonly MilterFacts[],
): readonly RunCommands[] {
  return removed.flatMap(({ milter, setup, installed }): RunCommands[] => {
    const last = setup?.packages.at(-1);
    if (last === undefined || last.shared || !installed) return [];
    const own = last.name;
    return [
      {
        kind: 'run',
        phase: 'services',
        title: `remove the package ${own}`,
        why: `${milter.name} is no longer wanted. Its configuration files stay.`,
        commands: facts.platform.removePackages([own]),
        undo: facts.platform.installPackages([own]),
        packages: [own],
      },
    ];
  });
}

/** Packages that are missing, found by a path that each one brings. */
import type { HostReader } from '../host/host.ts';
import type { MilterSetup } from '../milters/milter.ts';
import type { RunCommands } from './change.ts';
import type { HostFacts, MilterFacts } from './facts.ts';

export function planPackages(
  host: HostReader,
  facts: HostFacts,
  setups: readonly MilterSetup[],
): readonly RunCommands[] {
  if (setups.length === 0) return [];
  const { platform } = facts;
  const postfix = {
    name: 'postfix',
    marker: platform.name === 'freebsd' ? '/usr/local/sbin/postfix' : '/usr/sbin/postfix',
  };
  const missing = [postfix, ...setups.flatMap((setup) => setup.packages)]
    .filter(({ marker }) => host.stat(marker) === undefined)
    .map(({ name }) => name)
    .filter((name, index, names) => names.indexOf(name) === index);
  if (missing.length === 0) return [];
  return [
    {
      kind: 'install-packages',
      phase: 'packages',
      title: `install ${missing.length === 1 ? missing[0]! : `${missing.length} packages`}`,
      why: `They are missing: ${missing.join(', ')}.`,
      commands: platform.installPackages(missing),
      undo: platform.removePackages(missing),
      subjects: missing,
    },
  ];
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
        subjects: [own],
      },
    ];
  });
}

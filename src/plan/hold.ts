/** What packages start by themselves stays down until its turn comes: else Postfix takes mail before it is filtered. */
import { findUnit } from '../detect/unit-search.ts';
import type { HostReader } from '../host/host.ts';
import type { MilterSetup } from '../milters/milter.ts';
import type { RunCommands } from '../change/change.ts';
import type { HostFacts } from './facts.ts';

export interface Hold {
  /** Before the packages. */
  readonly begin: readonly RunCommands[];
  /** After them. */
  readonly end: readonly RunCommands[];
}

/** @param setups those whose packages are to be installed, Postfix's included or not */
export function planHold(
  host: HostReader,
  { platform: { newServices } }: HostFacts,
  setups: readonly MilterSetup[],
  installsPostfix: boolean,
): Hold {
  const names = [
    ...(installsPostfix ? ['postfix'] : []),
    ...setups.flatMap(({ services }) => services.map(({ name }) => name)),
  ];
  const held = [...new Set(names)].filter((name) => !isThere(host, name));
  if (newServices === undefined || held.length === 0) return { begin: [], end: [] };
  const release = newServices.release(held);
  return {
    begin: [
      {
        kind: 'run',
        phase: 'packages',
        title: 'keep the new services stopped',
        why: 'The packages start their services at once. Each starts in its turn instead, Postfix when the filters are proved.',
        commands: newServices.hold(held),
        // What was killed may have left the package manager at work: it would start what is let go.
        undo: [newServices.waitForPackages, ...release],
      },
    ],
    end: [
      {
        kind: 'run',
        phase: 'packages',
        title: 'let the new services be started',
        why: 'The packages are there and have started nothing.',
        commands: release,
        undo: [],
      },
    ],
  };
}

/** Whether somebody has it already, running or not: then it is left as it is. */
function isThere(host: HostReader, service: string): boolean {
  return (
    findUnit(host, `${service}.service`) !== undefined ||
    host.lstat(`/etc/init.d/${service}`) !== undefined
  );
}

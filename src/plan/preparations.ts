/** Commands that must run once before services start. */
import type { HostReader } from '../host/host.ts';
import type { MilterSetup } from '../milters/milter.ts';
import type { RunCommands } from './change.ts';
import type { MilterFacts } from './facts.ts';
import { anyExists } from '../host/any-exists.ts';

type Once = Pick<RunCommands, 'title' | 'why' | 'commands'> & Partial<Pick<RunCommands, 'undo'>>;

function once({ title, why, commands, undo = [] }: Once): RunCommands {
  return { kind: 'run', phase: 'services', title, why, commands, undo, subjects: [] };
}

/** The milter's own, so far as they are still needed; one that runs already has had them. */
export function planPreparations(
  host: HostReader,
  { setup, installed, detected }: MilterFacts & { readonly setup: MilterSetup },
): readonly RunCommands[] {
  const runs = installed && detected?.enabled === true;
  if (runs && setup.preparations.every((each) => !each.unless)) return [];
  return setup.preparations
    .filter(({ unless }) => unless === undefined || !anyExists(host, unless))
    .map(once);
}

/** Has the service manager take note of a new definition of the manager's service. */
export function planRegistration(written: ReadonlySet<string>): readonly RunCommands[] {
  if (written.has('/etc/systemd/system/milter-manager.service')) {
    return [
      once({
        title: 'have systemd read the new unit',
        why: 'It keeps units in memory.',
        commands: [{ argv: ['systemctl', 'daemon-reload'] }],
      }),
    ];
  }
  if (written.has('/etc/init.d/milter-manager')) {
    return [
      once({
        title: 'register the new init script',
        why: 'Packages do it for their own; chkconfig then knows when it starts and stops.',
        commands: [{ argv: ['/sbin/chkconfig', '--add', 'milter-manager'] }],
        undo: [{ argv: ['/sbin/chkconfig', '--del', 'milter-manager'] }],
      }),
    ];
  }
  return [];
}

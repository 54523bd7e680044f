/** The services of a task: what is stopped, prepared and started, and that those which run read their new files. */
import type { HostReader } from '../host/host.ts';
import type { MilterSetup } from '../milters/milter.ts';
import type { Change, RunCommands } from '../change/change.ts';
import type { HostFacts } from './facts.ts';
import { managerFiles, managerService } from './manager.ts';
import { planRemovals } from './packages.ts';
import { planPredecessorOff } from './predecessor-off.ts';
import { planPreparations } from './preparations.ts';
import { planServiceOff, planServiceOn, planStart, planStop, restartOnUndo } from './services.ts';
import type { TaskFiles } from './task-files.ts';
import type { Task } from './task.ts';

export interface TaskServices {
  /** Of what is turned off: before the files, because rc.d scripts refuse where the flag is NO already. */
  readonly stops: readonly RunCommands[];
  /** Nothing now; an undo has what ran before read its former files again. */
  readonly restartsOnUndo: readonly RunCommands[];
  /** Of the milters that are set up, and packages that go. */
  readonly children: readonly RunCommands[];
  /** The C milter-manager makes room; its steps of phase `mta` come after Postfix asks ours. */
  readonly predecessor: readonly RunCommands[];
  readonly manager: readonly Change[];
}

/** @param newAccounts whether users or groups change: a running manager has its groups from its start */
export function planTaskServices(
  host: HostReader,
  task: Task,
  files: TaskFiles,
  newAccounts: boolean,
): TaskServices {
  const { facts, wish, chosen, off, takingOver, settingUp, values } = task;
  const { written } = files;
  const stops = off.flatMap(({ setup }) => {
    const own = setup?.services.at(-1);
    return own ? planServiceOff(host, facts, own) : [];
  });
  const children = [
    ...chosen.flatMap((each) => [
      ...planPreparations(host, each, values),
      ...each.setup.services.flatMap((service) =>
        planServiceOn(host, facts, service, isReadBy(each.setup, service.name, written)),
      ),
    ]),
    ...planRemovals(
      facts,
      off.filter(({ milter }) => wish.remove.includes(milter.name)),
    ),
  ];
  const on = settingUp ? planManagerOn(host, facts, files, newAccounts) : [];
  const changed =
    files.switched || stops.length > 0 || children.length > 0 || (wish.withdrawn ?? []).length > 0;
  return {
    stops,
    restartsOnUndo: [
      ...planRestartsOnUndo(task, written),
      ...(on.some(({ kind }) => kind === 'write-file') ? startOnUndo(facts) : []),
    ],
    children,
    predecessor: takingOver ? planPredecessorOff(host, facts) : [],
    manager: on.length === 0 && changed ? [reloadManager(facts)] : on,
  };
}

function planManagerOn(
  host: HostReader,
  facts: HostFacts,
  files: TaskFiles,
  newAccounts: boolean,
): readonly Change[] {
  const { written, programs } = files;
  const reads = [...managerFiles(facts.platform), ...programs].some(({ path }) =>
    written.has(path),
  );
  const service = managerService(facts.platform);
  const on = planServiceOn(host, facts, service, reads || newAccounts);
  return acrossRewrite(host, facts, on, files);
}

/**
 * Init scripts are how a service is stopped: an old one knows what it started (on FreeBSD by the path of its Node), a
 * new one may not. So it is stopped by the old one, then started by the new.
 */
function acrossRewrite(
  host: HostReader,
  facts: HostFacts,
  on: readonly RunCommands[],
  { writes }: TaskFiles,
): readonly Change[] {
  const { platform } = facts;
  const service = managerService(platform);
  const [definition] = platform.serviceFiles(service.name);
  const rewrite = writes.find(
    ({ path, before }) => path === definition?.path && before !== undefined,
  );
  if (platform.init === 'systemd' || !rewrite) return on;
  return on.flatMap((change): readonly Change[] =>
    change.kind === 'service' && change.action === 'restart'
      ? [
          planStop(facts, service, 'Its script is about to change.'),
          { ...rewrite, phase: 'services' },
          planStart(host, facts, service),
        ]
      : [change],
  );
}

/** Whether the service reads one of the files that the plan writes. */
function isReadBy(setup: MilterSetup, service: string, written: ReadonlySet<string>): boolean {
  const own = setup.services.at(-1)?.name;
  return setup.files.some((file) => (file.service ?? own) === service && written.has(file.path));
}

function planRestartsOnUndo(
  { facts, chosen }: Task,
  written: ReadonlySet<string>,
): readonly RunCommands[] {
  const readers = chosen.flatMap(({ setup }) =>
    setup.services
      .map((service) => service.name)
      .filter((name) => facts.running.has(name) && isReadBy(setup, name, written)),
  );
  return restartOnUndo(
    'restart what ran before',
    readers.map((name) => facts.platform.services.restart(name)),
    'files',
  );
}

/** By its former script and with its former program, which are back by then. */
function startOnUndo({ platform }: HostFacts): readonly RunCommands[] {
  const start = platform.services.start(platform.managerService);
  return restartOnUndo(`start ${platform.managerService} as it was`, [start], 'files');
}

function reloadManager(facts: HostFacts): RunCommands {
  const { services, managerService: name } = facts.platform;
  return {
    kind: 'service',
    phase: 'services',
    title: `reload ${name}`,
    why: 'It finds which milters are enabled now. main.cf stays as it is.',
    commands: [services.reload(name)],
    undo: [],
    service: name,
    action: 'reload',
  };
}

/** A worker process: a manager that listens on the supervisor's socket and does what the supervisor orders. */
import { locate as locateBelow } from '../host/reader.ts';
import type { CommandLine } from './command-line.ts';
import { ConfigurationError, type Configuration } from './config.ts';
import { isInBackground } from './daemonize.ts';
import { bindAndListen } from './listener.ts';
import type { LoadConfiguration } from './load-config.ts';
import { listenOptions, Manager } from './manager.ts';
import { dropPrivileges, identityOf } from './privileges.ts';
import type { Memory } from './remembering-reader.ts';
import type { Inheritance, Order, WorkerAnswer } from './supervisor.ts';

/** What the supervisor saw of the host as root: it comes first of all. */
export function inheritedMemory(): Promise<Memory> {
  return new Promise((resolve) => {
    process.once('message', ({ memory }: Inheritance) => resolve(memory));
  });
}

/** Serves until the supervisor says stop, or is gone; gives the exit code. */
export async function work(
  options: CommandLine,
  configuration: Configuration,
  load: LoadConfiguration,
): Promise<number> {
  const locate = (path: string): string => locateBelow(options.root, path, true);
  const manager = new Manager(configuration, locate, { stdout: !isInBackground(), locate });
  manager.serve(
    await bindAndListen(listenOptions(configuration, locate, undefined), manager.accept),
  );
  dropPrivileges(identityOf(configuration, options.root));
  // Signals of a terminal reach the whole group; the supervisor tells us what they mean.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const)
    process.on(signal, () => undefined);
  process.on('uncaughtException', (error) =>
    manager.log.write('error', `internal error: ${error.stack ?? error.message}`),
  );
  await new Promise<void>((resolve) => {
    process.on('message', (order: Order) => {
      if (order.order === 'stop') resolve();
      else obey(order, manager, load);
    });
    process.on('disconnect', resolve);
  });
  await manager.stop();
  if (process.connected) process.disconnect();
  return 0;
}

function obey(order: Order, manager: Manager, load: LoadConfiguration): void {
  switch (order.order) {
    case 'reload':
      reload(manager, load);
      return;
    case 'reopen-log':
      manager.log.reopen();
      return;
    case 'metrics':
      void manager.metrics.values().then((values) => {
        process.send?.({ id: order.id, values } satisfies WorkerAnswer);
      });
      return;
    case 'status':
      process.send?.({ id: order.id, values: manager.status.values() } satisfies WorkerAnswer);
      return;
    case 'stop':
  }
}

function reload(manager: Manager, load: LoadConfiguration): void {
  try {
    manager.reload(load());
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    manager.log.write('error', `not reloaded, the old configuration stays: ${error.message}`);
  }
}

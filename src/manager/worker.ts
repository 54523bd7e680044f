/** A worker process: a manager that listens on the supervisor's socket and does what the supervisor orders. */
import { locate as locateBelow } from '../host/reader.ts';
import type { CommandLine } from './command-line.ts';
import type { Configuration } from './config.ts';
import { unpackConfiguration } from './config-parcel.ts';
import { isInBackground } from './daemonize.ts';
import { bindAndListen } from './listener.ts';
import { listenOptions, Manager } from './manager.ts';
import { dropPrivileges, identityOf } from './privileges.ts';
import type { Order, WorkerAnswer, WorkerFailure } from './supervisor.ts';

/** Serves until the supervisor says stop, or is gone; gives the exit code. */
export async function work(options: CommandLine): Promise<number> {
  // Signals of a terminal reach the whole group; the supervisor tells us what they mean.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const)
    process.on(signal, () => undefined);
  const configuration = await firstConfiguration();
  const locate = (path: string): string => locateBelow(options.root, path, true);
  const manager = new Manager(configuration, locate, { stdout: !isInBackground(), locate });
  manager.serve(
    await bindAndListen(listenOptions(configuration, locate, undefined), manager.accept),
  );
  dropPrivileges(identityOf(configuration, options.root));
  process.on('uncaughtException', (error) =>
    manager.log.write('error', `internal error: ${error.stack ?? error.message}`),
  );
  await new Promise<void>((resolve) => {
    process.on('message', (order: Order) => {
      if (order.order === 'stop') resolve();
      else obey(order, manager);
    });
    process.on('disconnect', resolve);
  });
  await manager.stop();
  if (process.connected) process.disconnect();
  return 0;
}

/** What it is to serve under is the first thing that it is told. */
function firstConfiguration(): Promise<Configuration> {
  return new Promise((resolve) => {
    process.once('message', (order: Order) => {
      if (order.order === 'configure') resolve(unpackConfiguration(order.configuration));
    });
  });
}

/** Tells the supervisor why we cannot serve. */
export function tellSupervisor(failure: string): Promise<void> {
  return new Promise((resolve) => {
    if (process.send) process.send({ failure } satisfies WorkerFailure, () => resolve());
    else resolve();
  });
}

function obey(order: Order, manager: Manager): void {
  switch (order.order) {
    case 'configure':
      manager.reload(unpackConfiguration(order.configuration));
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

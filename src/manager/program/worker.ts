/** A worker process: a manager that serves the connections that the supervisor hands it, and does what it orders. */
import cluster from 'node:cluster';
import { on } from 'node:events';
import type { Socket } from 'node:net';
import { locate as locateBelow } from '../../host/reader.ts';
import type { CommandLine } from './command-line.ts';
import type { Configuration } from '../../manager-config/config.ts';
import { unpackConfiguration } from './config-parcel.ts';
import { isInBackground } from './daemonize.ts';
import { Manager } from './manager.ts';
import { dropPrivileges, identityOf } from './privileges.ts';
import { traceOf } from '../report/printable.ts';
import type {
  Order,
  WorkerAnswer,
  WorkerFailure,
  WorkerFarewell,
  WorkerReady,
} from './supervisor.ts';

/** Serves until the supervisor says stop, or is gone; gives the exit code. */
export async function work(options: CommandLine): Promise<number> {
  // Signals of a terminal reach the whole group; the supervisor tells us what they mean.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const)
    process.on(signal, () => undefined);
  // From here on none is lost: the next may be there before we are ready.
  const orders = on(process, 'message', { close: ['disconnect'] }) as AsyncIterableIterator<
    [Order, Socket | undefined]
  >;
  const configuration = await firstConfiguration(orders);
  if (configuration === undefined) return 0;
  const locate = (path: string): string => locateBelow(options.root, path, true);
  const targets = { stdout: !isInBackground(), locate };
  const manager = new Manager(configuration, locate, targets, firstSession());
  dropPrivileges(identityOf(configuration, options.root));
  process.on('uncaughtException', (error) =>
    manager.log.write('error', `internal error: ${traceOf(error)}`),
  );
  process.send?.({ ready: true } satisfies WorkerReady);
  for await (const [order, socket] of orders) {
    if (order.order === 'stop') break;
    obey(order, manager, socket);
  }
  await manager.stop();
  await sayFarewell(manager);
  if (process.connected) process.disconnect();
  return 0;
}

/** What it is to serve under is the first thing that it is told; undefined where the supervisor is gone. */
async function firstConfiguration(
  orders: AsyncIterator<[Order, Socket | undefined]>,
): Promise<Configuration | undefined> {
  const next = (await orders.next()) as IteratorResult<[Order, ...unknown[]], undefined>;
  const order = next.value?.[0];
  return order?.order === 'configure' ? unpackConfiguration(order.configuration) : undefined;
}

/** Tells the supervisor why we cannot serve. */
export function tellSupervisor(failure: string): Promise<void> {
  return new Promise((resolve) => {
    if (process.send) process.send({ failure } satisfies WorkerFailure, () => resolve());
    else resolve();
  });
}

/** No two workers of one supervisor, not even one in a dead one's place, number their sessions alike. */
function firstSession(): number {
  return (cluster.worker?.id ?? 0) * 1_000_000_000;
}

/** What was counted since it was last asked for: the last mails ended after that. */
function sayFarewell(manager: Manager): Promise<void> {
  const farewell = manager.tally.take();
  return new Promise((resolve) => {
    if (process.connected) process.send?.({ farewell } satisfies WorkerFarewell, () => resolve());
    else resolve();
  });
}

function obey(order: Order, manager: Manager, socket: Socket | undefined): void {
  switch (order.order) {
    case 'serve':
      // None where the MTA went away on the way here.
      if (socket) manager.accept(socket);
      return;
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
    case 'tally':
      process.send?.({ id: order.id, values: manager.tally.take() } satisfies WorkerAnswer);
      return;
    case 'stop':
  }
}

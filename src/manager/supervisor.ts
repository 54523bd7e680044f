/**
 * The process above the workers (`n_workers`): it owns the listening socket, starts a worker again when it dies, and
 * passes signals on. It serves no session itself.
 */
import cluster, { type Worker } from 'node:cluster';
import type { MetricValues } from './metrics.ts';

/** What the supervisor tells a worker. */
export type Order =
  | { readonly order: 'reload' | 'reopen-log' | 'stop' }
  | { readonly order: 'metrics'; readonly id: number };

/** What a worker tells the supervisor. */
export interface WorkerMetrics {
  readonly id: number;
  readonly values: MetricValues;
}

/** Milliseconds before a worker that died is started again, so that one that dies at once does not eat the machine. */
const RESTART_DELAY = 500;

/** Milliseconds that a worker has to tell its metrics. */
const METRICS_PATIENCE = 2000;

export class Supervisor {
  private stopping = false;
  private lastRequest = 0;
  private readonly requests = new Map<number, (values: MetricValues) => void>();

  /** @param warn tells of workers that died */
  constructor(private readonly warn: (text: string) => void) {
    // The kernel hands connections to whichever worker is free; no connection passes through this process.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.on('message', (_worker: Worker, message: WorkerMetrics) => {
      this.requests.get(message.id)?.(message.values);
    });
    cluster.on('exit', (worker, code, signal: string | null) => {
      if (this.stopping) return;
      this.warn(
        `worker ${worker.process.pid ?? '?'} ended (${signal ?? code}), another one is started`,
      );
      setTimeout(() => {
        if (!this.stopping) cluster.fork();
      }, RESTART_DELAY);
    });
  }

  /** Starts the workers; resolves when the first one listens, rejects when it cannot. */
  start(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      cluster.once('listening', () => resolve());
      cluster.once('exit', () => reject(new Error('no worker could be started')));
      for (let n = 0; n < count; n += 1) cluster.fork();
    });
  }

  order(order: Order): void {
    for (const worker of this.workers()) worker.send(order);
  }

  /** The values of all workers that answer. */
  async metrics(): Promise<readonly MetricValues[]> {
    const answers = this.workers().map((worker) => this.metricsOf(worker));
    return (await Promise.all(answers)).filter((values) => values !== undefined);
  }

  /** Lets every worker drain and waits for their ends. */
  async stop(): Promise<void> {
    this.stopping = true;
    const ends = this.workers().map(
      (worker) => new Promise((resolve) => worker.once('exit', resolve)),
    );
    this.order({ order: 'stop' });
    await Promise.all(ends);
  }

  private metricsOf(worker: Worker): Promise<MetricValues | undefined> {
    this.lastRequest += 1;
    const id = this.lastRequest;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), METRICS_PATIENCE);
      this.requests.set(id, (values) => {
        clearTimeout(timer);
        this.requests.delete(id);
        resolve(values);
      });
      worker.send({ order: 'metrics', id } satisfies Order);
    });
  }

  private workers(): readonly Worker[] {
    return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  }
}

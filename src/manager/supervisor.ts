/**
 * The process above the workers (`n_workers`): it owns the listening socket, starts a worker again when it dies, and
 * passes signals on. It serves no session itself.
 */
import cluster, { type Worker } from 'node:cluster';
import type { MetricValues } from './metrics.ts';
import type { Memory } from './remembering-reader.ts';
import type { ProcessStatus } from './status-board.ts';

/** What the supervisor tells a worker. */
export type Order =
  | { readonly order: 'reload' | 'reopen-log' | 'stop' }
  | { readonly order: Question; readonly id: number };

/** What a worker is told first: one that takes a dead one's place has the rights of the manager's user only. */
export interface Inheritance {
  readonly memory: Memory;
}

/** What a worker is asked for. */
type Question = keyof WorkerValues;

interface WorkerValues {
  readonly metrics: MetricValues;
  readonly status: ProcessStatus;
}

/** What a worker tells the supervisor. */
export interface WorkerAnswer {
  readonly id: number;
  readonly values: WorkerValues[Question];
}

/** Milliseconds before a worker that died young is started again, so that it does not eat the machine. */
const RESTART_DELAY = 500;
/** Milliseconds: who lived as long as this is replaced at once. */
const YOUNG = 2000;

/** Milliseconds that a worker has to answer. */
const PATIENCE = 2000;

export class Supervisor {
  private stopping = false;
  /** Workers that listen, by id, and since when. */
  private readonly listening = new Map<number, number>();
  private lastRequest = 0;
  private readonly requests = new Map<number, (values: WorkerAnswer['values']) => void>();

  /** @param warn tells of workers that died */
  constructor(
    memory: Memory,
    private readonly warn: (text: string) => void,
  ) {
    // Files are bytes, which JSON is not.
    cluster.setupPrimary({ serialization: 'advanced' });
    cluster.on('fork', (worker) => {
      // One that is gone already is replaced.
      worker.send({ memory } satisfies Inheritance, () => undefined);
    });
    // The kernel hands connections to whichever worker is free; no connection passes through this process.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.on('message', (_worker: Worker, message: WorkerAnswer) => {
      this.requests.get(message.id)?.(message.values);
    });
    cluster.on('exit', (worker, code, signal: string | null) => {
      const age = performance.now() - (this.listening.get(worker.id) ?? performance.now());
      this.listening.delete(worker.id);
      if (this.stopping) return;
      this.warn(
        `worker ${worker.process.pid ?? '?'} ended (${signal ?? code}), another one is started`,
      );
      setTimeout(() => this.stopping || cluster.fork(), age > YOUNG ? 0 : RESTART_DELAY);
    });
  }

  /**
   * Starts the workers; resolves when all listen, for the socket lives as long as one of them does: with the first
   * alone it would go away if that one died.
   * @param bound called when there is a socket: at the start, and after the death of all workers at once
   * @throws where one ends before
   */
  start(count: number, bound: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      cluster.on('listening', (worker) => {
        const first = this.listening.size === 0;
        this.listening.set(worker.id, performance.now());
        try {
          if (first) bound();
        } catch (error) {
          this.warn(`socket: ${String(error)}`);
          reject(new Error(String(error), { cause: error }));
        }
        if (this.listening.size === count) resolve();
      });
      cluster.once('exit', () => reject(new Error('a worker could not be started')));
      for (let n = 0; n < count; n += 1) cluster.fork();
    });
  }

  order(order: Order): void {
    for (const worker of this.workers()) worker.send(order);
  }

  metrics(): Promise<readonly MetricValues[]> {
    return this.ask('metrics');
  }

  status(): Promise<readonly ProcessStatus[]> {
    return this.ask('status');
  }

  /** The values of all workers that answer. */
  private async ask<Asked extends Question>(
    question: Asked,
  ): Promise<readonly WorkerValues[Asked][]> {
    const answers = this.workers().map((worker) => this.valuesOf(worker, question));
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

  private valuesOf<Asked extends Question>(
    worker: Worker,
    question: Asked,
  ): Promise<WorkerValues[Asked] | undefined> {
    this.lastRequest += 1;
    const id = this.lastRequest;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), PATIENCE);
      this.requests.set(id, (values) => {
        clearTimeout(timer);
        this.requests.delete(id);
        // Its id says which question it answers.
        resolve(values as WorkerValues[Asked]);
      });
      worker.send({ order: question, id } satisfies Order);
    });
  }

  private workers(): readonly Worker[] {
    return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  }
}

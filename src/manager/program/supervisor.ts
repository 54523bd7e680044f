/**
 * The process above the workers (`n_workers`): it owns the listening socket, starts a worker again when it dies, and
 * passes signals on. It serves no session itself.
 */
import cluster, { type Worker } from 'node:cluster';
import type { Socket } from 'node:net';
import type { Configuration } from '../../manager-config/config.ts';
import { packConfiguration, type PackedConfiguration } from './config-parcel.ts';
import { EndedWorkers } from '../report/ended-workers.ts';
import { Distribution, type Handed } from './distribution.ts';
import type { MetricValues } from '../report/metrics.ts';
import type { ProcessStatus } from '../report/status-board.ts';
import type { Tallied } from '../report/tally.ts';

/** What the supervisor tells a worker. */
export type Order =
  | { readonly order: 'configure'; readonly configuration: PackedConfiguration }
  | { readonly order: 'reopen-log' | 'stop' }
  | Handed
  | { readonly order: Question; readonly id: number };

/** What a worker is asked for. */
type Question = keyof WorkerValues;

interface WorkerValues {
  readonly metrics: MetricValues;
  readonly status: ProcessStatus;
  readonly tally: Tallied;
}

/** What a worker tells the supervisor when it was asked. */
export interface WorkerAnswer {
  readonly id: number;
  readonly values: WorkerValues[Question];
}

/** What a worker that ends in good order counted in the end. */
export interface WorkerFarewell {
  readonly farewell: Tallied;
}

/** Why a worker could not serve: its last words. */
export interface WorkerFailure {
  readonly failure: string;
}

/** It takes connections from now on. */
export interface WorkerReady {
  readonly ready: true;
}

type WorkerMessage = WorkerAnswer | WorkerFailure | WorkerFarewell | WorkerReady;

/** The workers could not be started. */
export class WorkerError extends Error {}

/** Milliseconds before a worker that died young is started again, so that it does not eat the machine. */
const RESTART_DELAY = 500;
/** Milliseconds: who lived as long as this is replaced at once. */
const YOUNG = 2000;

/** Milliseconds between two looks at what the workers have counted. */
const WATCH = 1000;

/** Milliseconds that a worker has to answer. */
const PATIENCE = 2000;

/** Milliseconds after a worker's end in which what it said is read. */
const LAST_WORDS = 100;

/** Milliseconds that a worker has to end, after its drain timeout: one that hangs would keep the socket and us. */
const GRACE = 3000;

export class Supervisor {
  private stopping = false;
  private readonly warnOfFailure = (why: string): void =>
    this.warn(`a worker cannot serve: ${why}`);
  /** What is done about a worker that cannot serve. */
  private failed = this.warnOfFailure;
  /** Workers that serve, by id, and since when. */
  private readonly serving = new Map<number, number>();
  private readonly distribution = new Distribution();
  private started: () => void = () => undefined;
  private lastRequest = 0;
  private readonly farewells: Tallied[] = [];
  private readonly gone = new EndedWorkers();
  private readonly requests = new Map<number, (values: WorkerAnswer['values']) => void>();

  /**
   * @param configuration that all workers serve under, also those that replace a dead one
   * @param warn tells of workers that died
   */
  constructor(
    private configuration: Configuration,
    private readonly warn: (text: string) => void,
  ) {
    // Maps, patterns and what is undefined arrive as they are.
    cluster.setupPrimary({ serialization: 'advanced' });
    cluster.on('message', (worker: Worker, message: WorkerMessage) => {
      if ('failure' in message) this.failed(message.failure);
      else if ('farewell' in message) this.farewells.push(message.farewell);
      else if ('ready' in message) this.serves(worker);
      else this.requests.get(message.id)?.(message.values);
    });
    cluster.on('exit', (worker, code, signal: string | null) => {
      const age = performance.now() - (this.serving.get(worker.id) ?? performance.now());
      this.serving.delete(worker.id);
      this.distribution.remove(worker);
      void this.gone.ended(worker.id);
      if (this.stopping) return;
      this.warn(
        `worker ${worker.process.pid ?? '?'} ended (${signal ?? code}), another one is started`,
      );
      setTimeout(() => this.stopping || this.fork(), age > YOUNG ? 0 : RESTART_DELAY);
    });
  }

  /** A connection from the MTA, of which nothing was read yet. */
  readonly accept = (socket: Socket): void => this.distribution.accept(socket);

  /** Starts the workers; resolves when all serve. @throws where one ends before */
  start(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let starting = true;
      this.started = () => {
        if (this.serving.size < count) return;
        starting = false;
        this.failed = this.warnOfFailure;
        resolve();
      };
      this.failed = (why) => {
        this.kill();
        reject(new WorkerError(why));
      };
      cluster.once('exit', (_worker, code, signal: string | null) => {
        // Its last words may still be on their way.
        setTimeout(() => {
          if (starting) this.failed(`a worker ended (${signal ?? code})`);
        }, LAST_WORDS);
      });
      for (let n = 0; n < count; n += 1) this.fork();
    });
  }

  private serves(worker: Worker): void {
    this.serving.set(worker.id, performance.now());
    this.distribution.add(worker);
    this.started();
  }

  /** All workers serve new sessions under this configuration. */
  reload(configuration: Configuration): void {
    this.configuration = configuration;
    for (const worker of this.workers()) this.configure(worker);
  }

  reopenLog(): void {
    for (const worker of this.workers()) send(worker, { order: 'reopen-log' });
  }

  /** Of all workers there were. */
  async metrics(): Promise<readonly MetricValues[]> {
    return [...(await this.ask('metrics')), ...this.gone.metrics()];
  }

  /** Of all workers there were. */
  async status(): Promise<readonly ProcessStatus[]> {
    return [...(await this.ask('status')), ...this.gone.status()];
  }

  /** Asks the workers now and then, so that little is lost with one that dies. */
  watch(): void {
    setInterval(() => {
      void this.ask('metrics');
      void this.ask('status');
    }, WATCH).unref();
  }

  /** What was counted since the last time. */
  async tally(): Promise<readonly Tallied[]> {
    const counted = await this.ask('tally');
    return [...counted, ...this.farewells.splice(0)];
  }

  /** The values of all workers that answer. */
  private async ask<Asked extends Question>(
    question: Asked,
  ): Promise<readonly WorkerValues[Asked][]> {
    const answers = this.workers().map(async (worker) => {
      const values = await this.valuesOf(worker, question);
      if (values !== undefined && question !== 'tally')
        this.gone.note(worker.id, { [question]: values });
      return values;
    });
    return (await Promise.all(answers)).filter((values) => values !== undefined);
  }

  /** Lets every worker drain and waits for their ends; one that hangs is killed. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.distribution.close();
    const ends = this.workers().map(
      (worker) => new Promise((resolve) => worker.once('exit', resolve)),
    );
    for (const worker of this.workers()) send(worker, { order: 'stop' });
    const patience = this.configuration.manager.drain_timeout * 1000 + GRACE;
    const timer = setTimeout(() => {
      this.warn(`${this.workers().length} workers do not end, they are killed`);
      this.kill();
    }, patience);
    await Promise.all(ends);
    clearTimeout(timer);
  }

  private fork(): void {
    this.configure(cluster.fork());
  }

  private configure(worker: Worker): void {
    send(worker, { order: 'configure', configuration: packConfiguration(this.configuration) });
  }

  private kill(): void {
    this.stopping = true;
    for (const worker of this.workers()) worker.process.kill('SIGKILL');
  }

  private valuesOf<Asked extends Question>(
    worker: Worker,
    question: Asked,
  ): Promise<WorkerValues[Asked] | undefined> {
    this.lastRequest += 1;
    const id = this.lastRequest;
    return new Promise((resolve) => {
      const settle = (values: WorkerAnswer['values'] | undefined): void => {
        clearTimeout(timer);
        this.requests.delete(id);
        // Its id says which question it answers.
        resolve(values as WorkerValues[Asked] | undefined);
      };
      const timer = setTimeout(settle, PATIENCE, undefined);
      this.requests.set(id, settle);
      send(worker, { order: question, id });
    });
  }

  private workers(): readonly Worker[] {
    return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  }
}

/** One that died a moment ago hears nothing; its end is told by itself. */
function send(worker: Worker, order: Order): void {
  worker.send(order, () => undefined);
}

/** Passes what the supervisor accepts on to the workers in turn; while there is none, connections wait. */
import type { Worker } from 'node:cluster';
import type { Socket } from 'node:net';

/** What comes with a connection. */
export interface Handed {
  readonly order: 'serve';
}

const HANDED: Handed = { order: 'serve' };

export class Distribution {
  /** Workers that serve, the next one first. */
  private workers: Worker[] = [];
  private waiting: Socket[] = [];
  private readonly underWay = new Map<Worker, Set<Socket>>();

  readonly accept = (socket: Socket): void => {
    const worker = this.workers.shift();
    if (worker === undefined) {
      this.waiting.push(socket);
      return;
    }
    this.workers.push(worker);
    this.hand(socket, worker);
  };

  /** It serves from now on. */
  add(worker: Worker): void {
    this.workers.push(worker);
    this.underWay.set(worker, new Set());
    for (const socket of this.waiting.splice(0)) this.accept(socket);
  }

  /** It is no more: what it has not been given goes to another. */
  remove(worker: Worker): void {
    this.workers = this.workers.filter((each) => each !== worker);
    const left = this.underWay.get(worker) ?? [];
    this.underWay.delete(worker);
    for (const socket of left) this.giveAgain(socket);
  }

  /** Nobody will serve those that wait. */
  close(): void {
    for (const socket of this.waiting.splice(0)) socket.destroy();
  }

  private hand(socket: Socket, worker: Worker): void {
    const underWay = this.underWay.get(worker)!;
    underWay.add(socket);
    worker.send(HANDED, socket, (error) => {
      if (!underWay.delete(socket) || error === null) return;
      this.workers = this.workers.filter((each) => each !== worker);
      this.giveAgain(socket);
    });
  }

  /** One that is pending no more was given away, and ended with the worker that had it. */
  private giveAgain(socket: Socket): void {
    if (!socket.pending && !socket.destroyed) this.accept(socket);
  }
}

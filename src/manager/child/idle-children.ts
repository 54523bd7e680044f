/** Connections to one child that wait for another session: sparing it a connection and a negotiation for each. */
import type { Child } from './child.ts';

/** More than so many are not kept; each may be a thread of the child's. */
const MOST = 50;

/** Milliseconds that a connection waits before it is closed. */
const PATIENCE = 5_000;

interface Resting {
  readonly child: Child;
  /** The negotiation that it has answered. */
  readonly offer: Buffer;
}

/** One a milter and process, shared by its sessions. */
export class IdleChildren {
  private waiting: readonly Resting[] = [];
  private closed = false;

  /** Keeps a child whose session is over, if it may serve another. @returns whether it is kept */
  keep(child: Child, offer: Buffer): boolean {
    if (this.closed || this.waiting.length >= MOST || !child.mayServeAnother) return false;
    this.waiting = [...this.waiting, { child, offer }];
    child.rest(PATIENCE, () => this.forget(child));
    return true;
  }

  /** One that was offered the same; the last that came, since the others may then be let go. */
  take(offer: Buffer): Child | undefined {
    const found = this.waiting.findLast((each) => each.offer.equals(offer))?.child;
    if (found) this.forget(found);
    return found;
  }

  /** Closes all: the configuration is another, or the manager stops. */
  close(): void {
    this.closed = true;
    for (const { child } of this.waiting) child.quit();
    this.waiting = [];
  }

  private forget(child: Child): void {
    this.waiting = this.waiting.filter((each) => each.child !== child);
  }
}

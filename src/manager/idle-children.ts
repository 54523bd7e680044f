/** Connections to one child that wait for another session: sparing it a connection and a negotiation for each. */
import type { Child } from './child.ts';

/** More than so many are not kept; each may be a thread of the child's. */
const MOST = 50;

/** Milliseconds that a connection waits before it is closed. */
const PATIENCE = 5_000;

/** One a milter and process, shared by its sessions. */
export class IdleChildren {
  private readonly waiting: Child[] = [];
  private closed = false;

  /** Keeps a child whose session is over, if it may serve another. @returns whether it is kept */
  keep(child: Child): boolean {
    if (this.closed || this.waiting.length >= MOST || !child.mayServeAnother) return false;
    this.waiting.push(child);
    child.rest(PATIENCE, () => this.forget(child));
    return true;
  }

  /** One that was offered the same; the last that came, since the others may then be let go. */
  take(offer: Buffer): Child | undefined {
    for (let at = this.waiting.length - 1; at >= 0; at -= 1) {
      if (this.waiting[at]!.wasOffered(offer)) return this.waiting.splice(at, 1)[0];
    }
    return undefined;
  }

  /** Closes all: the configuration is another, or the manager stops. */
  close(): void {
    this.closed = true;
    for (const child of this.waiting.splice(0)) child.quit();
  }

  private forget(child: Child): void {
    const at = this.waiting.indexOf(child);
    if (at >= 0) this.waiting.splice(at, 1);
  }
}

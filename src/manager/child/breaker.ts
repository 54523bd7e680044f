/**
 * A circuit breaker: a child that lets everybody wait in vain again and again is left alone for a while. Failures that
 * cost no time are none of its business: to ask again is cheaper than mail that nobody has looked at.
 */

/** Milliseconds in which failures are one event: all sessions that wait for a child notice its trouble together. */
const ONE_EVENT = 1000;

/** One a child; shared by all sessions of a process. */
export class Breaker {
  private failures = 0;
  private closedUntil = 0;
  private lastEvent = -Infinity;

  /**
   * @param threshold events in a row that open it; 0 switches it off
   * @param pause milliseconds between attempts while it is open
   */
  constructor(
    private readonly threshold: number,
    private readonly pause: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether the child may be tried. While open, one session a pause may. */
  admits(): boolean {
    if (!this.isOpen) return true;
    if (this.now() < this.closedUntil) return false;
    this.closedUntil = this.now() + this.pause;
    return true;
  }

  get isOpen(): boolean {
    return this.threshold > 0 && this.failures >= this.threshold;
  }

  /** @returns whether this success closed it */
  succeeded(): boolean {
    const wasOpen = this.isOpen;
    this.failures = 0;
    return wasOpen;
  }

  /** @returns whether this failure opened it */
  failed(): boolean {
    const now = this.now();
    if (now - this.lastEvent < ONE_EVENT && this.failures > 0) return false;
    this.lastEvent = now;
    this.failures += 1;
    if (this.isOpen) this.closedUntil = now + this.pause;
    return this.failures === this.threshold;
  }
}

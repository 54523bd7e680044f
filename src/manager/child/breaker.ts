/** A circuit breaker: a child that fails again and again is left alone for a while. */

/** One a child; shared by all sessions of a process. */
export class Breaker {
  private failures = 0;
  private closedUntil = 0;

  /**
   * @param threshold failures in a row that open it; 0 switches it off
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
    this.failures += 1;
    if (this.isOpen) this.closedUntil = this.now() + this.pause;
    return this.failures === this.threshold;
  }
}

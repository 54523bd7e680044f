/** A time limit that is moved at every packet: moving it must cost nothing, so one timer serves many moves. */

export class Deadline {
  private timer: NodeJS.Timeout | undefined;
  private firesAt = 0;
  /** When it is over; 0 while there is no limit. */
  private at = 0;
  private since = 0;

  constructor(private readonly over: () => void) {}

  /** Sets the limit to so many milliseconds from now. */
  set(milliseconds: number): void {
    this.since = performance.now();
    this.at = this.since + milliseconds;
    if (this.timer === undefined || this.firesAt > this.at) this.start(milliseconds);
  }

  /** Milliseconds since the limit was set last. */
  get elapsed(): number {
    return performance.now() - this.since;
  }

  /** Takes the limit away. The timer, if any, finds nothing to do. */
  clear(): void {
    this.at = 0;
  }

  /** Takes the limit and its timer away for good. */
  close(): void {
    this.at = 0;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private start(milliseconds: number): void {
    clearTimeout(this.timer);
    this.firesAt = performance.now() + milliseconds;
    this.timer = setTimeout(() => this.fire(), milliseconds);
  }

  private fire(): void {
    this.timer = undefined;
    if (this.at === 0) return;
    const left = this.at - performance.now();
    if (left > 0.5) this.start(left);
    else {
      this.at = 0;
      this.over();
    }
  }
}

/** Everything that wakes a session - a socket, a timer, a file - comes in here: a fault of ours ends at its own session. */

export class Guard {
  /** @param fault told of what was thrown; nothing of it goes further */
  constructor(private readonly fault: (error: unknown) => void) {}

  run<Result>(task: () => Result): Result | undefined {
    try {
      return task();
    } catch (error) {
      this.fault(error);
      return undefined;
    }
  }

  /** The same, each time that it is called. */
  wrap<Arguments extends readonly unknown[]>(
    task: (...given: Arguments) => void,
  ): (...given: Arguments) => void {
    return (...given) => this.run(() => task(...given));
  }
}

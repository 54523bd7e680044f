/** Whether commands stand in an order. */
import { expect } from 'vitest';

/** Each of `wanted` is among `commands`, in that order. */
export function expectInOrder(commands: readonly string[], wanted: readonly string[]): void {
  let from = 0;
  for (const command of wanted) {
    const at = commands.indexOf(command, from);
    expect(at, `${command}\nafter\n${commands.slice(0, from).join('\n')}`).toBeGreaterThanOrEqual(0);
    from = at + 1;
  }
}

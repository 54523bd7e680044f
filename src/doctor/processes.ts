/** The processes of a host, as Linux shows them below /proc; elsewhere there are none to be seen. */
import type { HostReader } from '../host/host.ts';

/** The directory of each: `/proc/77`. */
export function processesOf(host: HostReader): readonly string[] {
  const numbers = host.list('/proc').filter((name) => /^\d+$/.test(name));
  return numbers.map((pid) => `/proc/${pid}`);
}

/** What one tells; undefined where it has ended while it was looked at. */
export function whileItLives<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** Paths of which the last component may hold `*`. */
import { basename, dirname } from 'node:path';
import type { HostReader } from '../host/host.ts';

/** Whether at least one path matches. */
export function anyExists(host: HostReader, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const name = basename(pattern);
    if (!name.includes('*')) return host.stat(pattern) !== undefined;
    const expression = new RegExp(
      `^${name.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`,
    );
    return host.list(dirname(pattern)).some((each) => expression.test(each));
  });
}

/** Looks for files by patterns: virus signatures, whose names differ from update to update. */
import { basename, dirname } from 'node:path';
import type { HostReader } from './host.ts';

/** Whether one of the paths exists; `*` in the last component stands for anything but a leading dot. */
export function anyExists(host: HostReader, patterns: readonly string[]): boolean {
  return patterns.some((path) => {
    const pattern = basename(path);
    if (!pattern.includes('*')) return host.stat(path) !== undefined;
    const text = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    const matches = new RegExp(`^(?!\\.)${text.join('.*')}$`, 's');
    return host.list(dirname(path)).some((name) => matches.test(name));
  });
}

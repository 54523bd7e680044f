/** Looks whether what a change waits for is there, e.g. virus signatures before clamd. */
import { basename, dirname } from 'node:path';
import type { HostReader } from '../host/host.ts';
import type { Requirement } from '../plan/change.ts';

/** Whether one of the paths exists; `*` in the last component stands for anything but a leading dot. */
export function isMet(host: HostReader, requirement: Requirement): boolean {
  return requirement.anyOf.some((path) => {
    const pattern = basename(path);
    if (!pattern.includes('*')) return host.stat(path) !== undefined;
    const text = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    const matches = new RegExp(`^(?!\\.)${text.join('.*')}$`, 's');
    return host.list(dirname(path)).some((name) => matches.test(name));
  });
}

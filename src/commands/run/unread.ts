/** What a verb that only looks does not know, because an ordinary user runs it. */
import type { HostReader } from '../../host/host.ts';

export function unreadWarnings(host: HostReader): readonly string[] {
  return [...(host.unread ?? [])].map(
    (path) => `you may not read ${path}: it was left out; root sees all`,
  );
}

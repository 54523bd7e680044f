/** The manager as Postfix sees it: the element of main.cf that names it, and the socket where smtpd then looks. */
import type { HostReader } from '../../host/host.ts';
import { resolvePath } from '../../host/resolve.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { type Asker, readersOf } from '../../postfix/askers.ts';
import { isAt, lookedFor } from '../../postfix/notation.ts';

export interface ManagerElement {
  /** As main.cf writes it. */
  readonly element: string;
  /** Where Postfix's smtpd finds it: below the queue directory where it is chrooted. */
  readonly spec: string;
}

/** Undefined where `smtpd_milters` does not name the manager. */
export function managerElement(host: HostReader, facts: HostFacts): ManagerElement | undefined {
  const { queueDirectory, askers } = facts.postfix;
  for (const asker of readersOf(askers, 'smtpd_milters')) {
    const element = asker.elements.find((each) => isAt(each, facts.manager.spec, queueDirectory));
    if (element === undefined) continue;
    return { element, spec: specOutside(host, element, asker, facts) };
  }
  return undefined;
}

/** Where a chroot is the root, links start there, too. */
function specOutside(
  host: HostReader,
  element: string,
  { chrooted }: Asker,
  { postfix: { queueDirectory: queue }, manager }: HostFacts,
): string {
  const path = lookedFor(element, { chrooted, queueDirectory: queue });
  if (path === undefined) return manager.spec;
  if (!chrooted) return `unix:${path}`;
  const link = (inside: string): string | undefined =>
    host.lstat(`${queue}${inside}`)?.type === 'symlink'
      ? host.readLink(`${queue}${inside}`)
      : undefined;
  return `unix:${queue}${resolvePath(link, path.slice(queue.length), true)}`;
}

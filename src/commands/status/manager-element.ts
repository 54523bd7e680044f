/** The manager as Postfix sees it: the element of main.cf that names it, and the socket where smtpd then looks. */
import type { HostReader } from '../../host/host.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { readersOf } from '../../postfix/askers.ts';
import { connectionSpecOf, isAt } from '../../postfix/notation.ts';

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
    const { chrooted } = asker;
    const spec = connectionSpecOf(host, element, { chrooted, queueDirectory });
    return { element, spec: /^inet/.test(spec ?? '') ? facts.manager.spec : spec! };
  }
  return undefined;
}

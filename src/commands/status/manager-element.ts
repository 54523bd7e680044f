/** The manager as Postfix sees it: the element of main.cf that names it, and the socket where smtpd then looks. */
import { entryOf, readableSettings } from '../../edit/main-cf-parse.ts';
import { expandElements, identityOf } from '../../edit/main-cf-list.ts';
import { readText, type HostReader } from '../../host/host.ts';
import { resolvePath } from '../../host/resolve.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { postfixSpellings } from '../../plan/postfix-notation.ts';

export interface ManagerElement {
  /** As main.cf writes it. */
  readonly element: string;
  /** Where Postfix's smtpd finds it: below the queue directory where it is chrooted. */
  readonly spec: string;
}

/** Undefined where `smtpd_milters` does not name the manager. */
export function managerElement(host: HostReader, facts: HostFacts): ManagerElement | undefined {
  const { platform, postfix, manager } = facts;
  const entries = readableSettings(readText(host, `${platform.postfixDirectory}/main.cf`) ?? '');
  const spellings = postfixSpellings(manager.spec, postfix.queueDirectory).map(identityOf);
  const element = expandElements(entryOf(entries, 'smtpd_milters')?.value ?? '', entries).find(
    (each) => spellings.includes(identityOf(each)),
  );
  if (element === undefined) return undefined;
  const path = /^unix:(.*)$/.exec(identityOf(element))?.[1];
  if (path === undefined) return { element, spec: manager.spec };
  return { element, spec: `unix:${pathOutside(host, path, postfix)}` };
}

/** smtpd works in the queue directory, and where it is chrooted that is its root: links start there, too. */
function pathOutside(
  host: HostReader,
  path: string,
  { queueDirectory: queue, smtpdChrooted }: HostFacts['postfix'],
): string {
  if (!smtpdChrooted) return path.startsWith('/') ? path : `${queue}/${path}`;
  const link = (inside: string): string | undefined =>
    host.lstat(`${queue}${inside}`)?.type === 'symlink'
      ? host.readLink(`${queue}${inside}`)
      : undefined;
  return `${queue}${resolvePath(link, path, true)}`;
}

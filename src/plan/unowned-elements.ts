/**
 * Elements of Postfix's lists at which no milter of this host is known to listen: of a container, of another host, or of
 * a milter here whose files say otherwise. Some are known by the port or the path that a milter usually has.
 */
import type { DetectedMilter } from '../detect/detected.ts';
import { listensAt } from '../detect/listening.ts';
import { elementsOf, identityOf } from '../edit/main-cf-list.ts';
import type { HostReader } from '../host/host.ts';
import { usuallyAt } from '../milters/known-milters.ts';
import { isAt, lookedFor, socketOf } from '../postfix/notation.ts';
import type { Postfix } from '../postfix/postfix.ts';

export interface UnownedElement {
  /** As main.cf has it. */
  readonly element: string;
  /** `/etc/postfix/main.cf:12`. */
  readonly source: string;
  /** The milter that is usually there. */
  readonly usual: string;
  /** Whether anybody listens there; undefined where nothing tells. */
  readonly listens: boolean | undefined;
}

/** @param ours sockets of managers, as we write them */
export function unownedElements(
  host: HostReader,
  { parameters, queueDirectory }: Postfix,
  detected: readonly DetectedMilter[],
  ours: readonly string[],
): readonly UnownedElement[] {
  const known = [
    ...detected.flatMap(({ enabled, connectionSpec }) => (enabled ? [connectionSpec] : [])),
    ...ours,
  ].filter((spec) => spec !== undefined);
  const found = ['smtpd_milters', 'non_smtpd_milters'].flatMap((list) => {
    const source = parameters.setting(list)?.source ?? '';
    return elementsOf(parameters.value(list)).flatMap(({ text: element }): UnownedElement[] => {
      if (known.some((spec) => isAt(element, spec, queueDirectory))) return [];
      const spec = specOf(element, queueDirectory);
      const usual = spec && usuallyAt(spec.port ?? spec.path!)?.name;
      return usual ? [{ element, source, usual, listens: listensAt(host, spec.text) }] : [];
    });
  });
  return found.filter(
    ({ element }, index) =>
      found.findIndex((each) => identityOf(each.element) === identityOf(element)) === index,
  );
}

interface Place {
  /** In our spelling. */
  readonly text: string;
  readonly port?: number;
  readonly path?: string;
}

function specOf(element: string, queueDirectory: string): Place | undefined {
  const path = lookedFor(element, { chrooted: false, queueDirectory });
  if (path !== undefined) return { text: `unix:${path}`, path };
  const [, protocol = '', host = '', port = ''] =
    /^(inet6?):(.*):(\d+)$/i.exec(socketOf(element)) ?? [];
  if (port === '') return undefined;
  const text = `${protocol.toLowerCase()}:${port}@${host.replace(/^\[(.*)\]$/, '$1')}`;
  return { text, port: Number(port) };
}

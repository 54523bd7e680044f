/** The milters that Postfix asks by itself, and what it does while one of them is down: main.cf says both. */
import type { DetectedMilter } from '../detect/detected.ts';
import type { PostfixFacts } from '../detect/postfix.ts';
import { elementsOf, expandElements, identityOf } from '../edit/main-cf-list.ts';
import { entryOf, readableSettings } from '../edit/main-cf-parse.ts';
import { type HostReader, readText } from '../host/host.ts';
import { postfixSpellings } from './postfix-notation.ts';

export interface AskedMilter {
  readonly name: string;
  /** As main.cf names it: a socket, or `{ socket, settings }`. */
  readonly element: string;
  /** Its own `default_action`, or `milter_default_action`. */
  readonly defaultAction: string;
}

/** postconf(5): what `milter_default_action` is where nobody sets it. */
export const POSTFIX_DEFAULT_ACTION = 'tempfail';

/** Those of the enabled milters whose sockets `smtpd_milters` or `non_smtpd_milters` names, in that order. */
export function askedMilters(
  host: HostReader,
  postfixDirectory: string,
  { queueDirectory }: PostfixFacts,
  detected: readonly DetectedMilter[],
): readonly AskedMilter[] {
  const entries = readableSettings(readText(host, `${postfixDirectory}/main.cf`) ?? '');
  const elements = ['smtpd_milters', 'non_smtpd_milters'].flatMap((key) =>
    expandElements(entryOf(entries, key)?.value ?? '', entries),
  );
  const general = entryOf(entries, 'milter_default_action')?.value ?? POSTFIX_DEFAULT_ACTION;
  const asked = elements.flatMap((element): AskedMilter[] => {
    const milter = detected.find(
      ({ enabled, connectionSpec }) =>
        enabled &&
        connectionSpec !== undefined &&
        postfixSpellings(connectionSpec, queueDirectory).some(
          (each) => identityOf(each) === identityOf(element),
        ),
    );
    if (milter === undefined) return [];
    return [{ name: milter.name, element, defaultAction: ownAction(element) ?? general }];
  });
  return asked.filter(({ name }, index) => asked.findIndex((each) => each.name === name) === index);
}

/** `{ inet:host:port, default_action=accept }` (Postfix 3.0, MILTER_README). */
function ownAction(element: string): string | undefined {
  if (!element.startsWith('{')) return undefined;
  const settings = elementsOf(element.slice(1, -1).replace(/\s*=\s*/g, '=')).map(
    ({ text }) => text,
  );
  return settings.find((each) => each.startsWith('default_action='))?.split('=')[1];
}

/** The milters that Postfix asks by itself, and what it does while one of them is down: main.cf says both. */
import type { DetectedMilter } from '../detect/detected.ts';
import { milters } from '../postfix/askers.ts';
import { isAt, ownSetting } from '../postfix/notation.ts';
import type { Postfix } from '../postfix/postfix.ts';

export interface AskedMilter {
  readonly name: string;
  /** As main.cf names it: a socket, or `{ socket, settings }`. */
  readonly element: string;
  /** Its own `default_action`, or `milter_default_action`. */
  readonly defaultAction: string;
}

/** Those of the enabled milters whose sockets `smtpd_milters` or `non_smtpd_milters` names, in that order. */
export function askedMilters(
  { parameters, queueDirectory }: Postfix,
  detected: readonly DetectedMilter[],
): readonly AskedMilter[] {
  const elements = ['smtpd_milters', 'non_smtpd_milters'].flatMap((key) =>
    milters(parameters.value(key)),
  );
  const general = parameters.value('milter_default_action');
  const asked = elements.flatMap((element): AskedMilter[] => {
    const milter = detected.find(
      ({ enabled, connectionSpec }) =>
        enabled && connectionSpec !== undefined && isAt(element, connectionSpec, queueDirectory),
    );
    if (milter === undefined) return [];
    const defaultAction = ownSetting(element, 'default_action') ?? general;
    return [{ name: milter.name, element, defaultAction }];
  });
  return asked.filter(({ name }, index) => asked.findIndex((each) => each.name === name) === index);
}

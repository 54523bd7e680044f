/** A milter that Postfix asks by itself and the manager asks, too: every mail is judged, marked and signed twice. */
import { type Check, NO_MANAGER, type Problem } from './finding.ts';
import { setMainCf } from './repairs.ts';
import { isAt } from '../postfix/notation.ts';

export const askedTwice: Check = {
  id: 'asked-twice',
  title: 'no milter is asked twice',
  applies: ({ managerInstalled }) => managerInstalled || NO_MANAGER,
  look(_host, facts) {
    const { manager, postfix } = facts;
    const queue = postfix.queueDirectory;
    const seen = new Set<string>();
    return postfix.askers
      .filter(({ elements }) => elements.some((each) => isAt(each, manager.spec, queue)))
      .flatMap(({ elements, parameter, source, own, name: service }) =>
        manager.milters.flatMap((child): Problem[] => {
          const { name, enabled, spec } = child;
          const element = elements.find((each) => spec !== undefined && isAt(each, spec, queue));
          if (!enabled || element === undefined || seen.has(source + name)) return [];
          seen.add(source + name);
          const left = elements.filter((each) => each !== element).join(', ');
          return [
            {
              grade: 'error',
              title: `${name} is asked twice: by the manager and by Postfix itself`,
              evidence: [
                `${source}: ${parameter} names ${element}`,
                `the manager asks ${name} at ${spec}`,
              ],
              fix: own
                ? [
                    {
                      advice: `Take ${element} out of the list of ${service}, then: postfix reload`,
                    },
                  ]
                : setMainCf(facts, parameter, left),
            },
          ];
        }),
      );
  },
};

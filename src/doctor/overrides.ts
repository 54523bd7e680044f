/** Services of master.cf with milters of their own: what main.cf says does not reach them. */
import { advice, type Check, NO_MANAGER, type Problem, run } from './finding.ts';
import { reloadPostfix } from './repairs.ts';
import { isAt } from '../postfix/notation.ts';

/** Where a content filter gives mail back, it was filtered on its way in. */
const REINJECTION = /^(?:127\.\d+\.\d+\.\d+|localhost|\[?::1\]?):/;

export const overrides: Check = {
  id: 'master-cf-overrides',
  title: 'no service of master.cf has milters of its own',
  applies: ({ managerInstalled, postfixInstalled }) =>
    !postfixInstalled ? 'Postfix is not installed' : managerInstalled || NO_MANAGER,
  look: (_host, facts) =>
    facts.postfix.askers.flatMap(
      ({ own, name, elements, parameter, source }): readonly Problem[] => {
        const { manager, postfix } = facts;
        if (!own || elements.some((each) => isAt(each, manager.spec, postfix.queueDirectory)))
          return [];
        const back = REINJECTION.test(name) && elements.length === 0;
        return [
          {
            grade: back ? 'info' : 'warning',
            title: back
              ? `${name} takes mail without milters, as is right where a content filter gives it back`
              : `mail that comes by ${name} is not filtered by the manager`,
            evidence: [`${source}: -o ${parameter}=${elements.join(',')}`],
            fix: back
              ? []
              : [
                  run('postconf', '-PX', `${name}/${parameter}`),
                  reloadPostfix(facts),
                  advice('unless this is meant: then leave it'),
                ],
          },
        ];
      },
    ),
};

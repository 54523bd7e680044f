/** Whether Postfix asks the manager at all, and names its milters in its own notation. */
import type { DoctorFacts } from './facts.ts';
import { type Check, NO_MANAGER, type Problem, run } from './finding.ts';
import { setMainCf } from './repairs.ts';
import { chrootOf } from '../postfix/askers.ts';
import { isAt, postfixSocket } from '../postfix/notation.ts';

export const asked: Check = {
  id: 'postfix-asks',
  title: 'Postfix asks the milter manager',
  applies: ({ managerInstalled, postfixInstalled }) =>
    !postfixInstalled ? 'Postfix is not installed' : managerInstalled || NO_MANAGER,
  look(_host, facts) {
    const { manager, postfix, predecessor } = facts;
    const list = postfix.parameters.setting('smtpd_milters');
    const smtpd = postfix.askers.filter(({ parameter }) => parameter === 'smtpd_milters');
    // Each with milters of its own, main.cf's list is nobody's.
    const asking = smtpd.find(({ own }) => !own) ?? smtpd[0];
    const names = (element: string) => isAt(element, manager.spec, postfix.queueDirectory);
    if (asking?.elements.some(names)) return [];
    const ours = postfixSocket(manager.spec, postfix.queueDirectory, chrootOf(postfix.askers));
    if (predecessor?.inUse) {
      return [
        {
          grade: 'warning',
          title: 'the C milter-manager filters mail here, not ours',
          evidence: [list ? `${list.source}: smtpd_milters = ${list.value}` : postfix.path],
          fix: [run('milter-setup', '--take-over', 'yes')],
        },
      ];
    }
    const value = [ours, ...(list?.value ?? '').split(',')].map((each) => each.trim());
    return [
      {
        grade: 'error',
        title: `smtpd_milters of main.cf does not name the manager (${ours}): mail is not filtered`,
        evidence: [
          list
            ? `${list.source}: smtpd_milters = ${list.value}`
            : `${postfix.path}: no smtpd_milters`,
        ],
        fix: setMainCf(facts, 'smtpd_milters', value.filter((each) => each !== '').join(', ')),
      },
    ];
  },
};

/** Anything else is a configuration error at the first mail, which is then deferred (milter8.c of Postfix). */
const KNOWN = /^(?:inet:(?:\[[^\]]+\]|[^:@[\]]+):[^:@]+|(?:unix|local):.+)$/;

export const notation: Check = {
  id: 'milter-notation',
  title: "Postfix's lists of milters are written as it reads them",
  applies: ({ postfixInstalled }) => postfixInstalled || 'Postfix is not installed',
  look: (_host, facts) => {
    const seen = new Set<string>();
    return facts.postfix.askers.flatMap(({ elements, parameter, source, own, name }) =>
      elements.flatMap((element): Problem[] => {
        const socket = element.startsWith('{')
          ? (element
              .slice(1)
              .trim()
              .split(/[\s,}]/)[0] ?? '')
          : element;
        if (KNOWN.test(socket) || socket.startsWith('$') || seen.has(`${source}${element}`))
          return [];
        seen.add(`${source}${element}`);
        return [wrong(facts, { socket, parameter, source, service: own ? name : undefined })];
      }),
    );
  },
};

function wrong(
  facts: DoctorFacts,
  at: {
    readonly socket: string;
    readonly parameter: string;
    readonly source: string;
    readonly service: string | undefined;
  },
): Problem {
  const { socket, parameter, source, service } = at;
  const swapped = /^inet6?:(\d+)@(.+)$/.exec(socket);
  const right = swapped
    ? `inet:${swapped[2]}:${swapped[1]}`
    : socket.startsWith('/')
      ? `unix:${socket}`
      : undefined;
  const list = facts.postfix.parameters.setting(parameter)?.value ?? '';
  return {
    grade: 'error',
    title: `Postfix cannot read ${socket} in ${parameter}: mail is deferred with 451`,
    evidence: [`${source}: ${socket}`, 'it reads inet:HOST:PORT and unix:PATH'],
    fix:
      right !== undefined && service === undefined
        ? setMainCf(facts, parameter, list.replace(socket, right))
        : [
            {
              advice: `Write ${right ?? 'inet:HOST:PORT or unix:PATH'} there, then: postfix reload`,
            },
          ],
  };
}

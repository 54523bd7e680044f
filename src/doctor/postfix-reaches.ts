/** Whether Postfix gets an answer of each milter that its lists name, and what it does with mail where it gets none. */
import type { DoctorFacts } from './facts.ts';
import type { Door } from './doors.ts';
import { advice, type Check, NOTHING_RUNS, type Problem, type Remedy } from './finding.ts';
import { reaches } from '../postfix/notation.ts';
import { joinGroup, restart, start } from './repairs.ts';

export const postfixReaches: Check = {
  id: 'postfix-reaches',
  title: 'Postfix gets an answer of every milter that it asks',
  applies: ({ postfixInstalled, knowsRunning, asRoot }) => {
    if (!postfixInstalled) return 'Postfix is not installed';
    if (!knowsRunning) return NOTHING_RUNS;
    return asRoot || "only root can try it as Postfix's user";
  },
  look: (_host, facts) => {
    const tried = facts.doors.filter((door) => door.tried !== undefined);
    const problems = tried.flatMap((door) => problemsOf(facts, door));
    if (problems.length > 0 || tried.length > 0) return problems;
    const evidence = facts.doors.map(({ element }) => `${element} was not tried`);
    return [
      {
        grade: 'skipped',
        title: postfixReaches.title,
        evidence: evidence.length > 0 ? evidence : ['its lists name none'],
        fix: [],
      },
    ];
  },
};

/** What becomes of mail about which a milter cannot be asked (postconf(5), milter_default_action). */
function consequence(action: string): string {
  switch (action) {
    case 'accept':
      return 'mail passes unfiltered by it';
    case 'reject':
      return 'all mail is refused for good';
    case 'quarantine':
      return 'all mail waits in the hold queue';
    default:
      return 'all mail is deferred with 451';
  }
}

function problemsOf(facts: DoctorFacts, door: Door): readonly Problem[] {
  const { element, tried, user, asker, obstacle, entrances, action, spec } = door;
  if (tried === undefined || tried.outcome === 'answers') return [];
  const place = { chrooted: asker.chrooted, queueDirectory: door.instance.queueDirectory };
  // Of the manager itself another check tells.
  if (facts.managerInstalled && reaches(element, facts.manager.spec, place)) return [];
  const default_ = asker.parameters.setting('milter_default_action');
  return [
    {
      grade: 'error',
      title: `Postfix gets no answer of ${element}: ${consequence(action)}`,
      evidence: [
        `${asker.source}: ${asker.parameter} names ${element} (for ${entrances.join(', ')})`,
        ...(obstacle ? [obstacle.text] : []),
        `as ${user}${asker.chrooted ? `, in ${place.queueDirectory}` : ''}: ${tried.output}`,
        default_
          ? `${default_.source}: milter_default_action = ${default_.value}`
          : `milter_default_action is ${action} by default`,
      ],
      fix: remedy(facts, door, spec),
    },
  ];
}

function remedy(facts: DoctorFacts, door: Door, spec: string | undefined): readonly Remedy[] {
  const { element, tried, user, obstacle, asker } = door;
  if (tried?.outcome === 'no-milter') {
    return [advice(`Something else answers at ${element}: correct it at ${asker.source}.`)];
  }
  if (obstacle?.group !== undefined) {
    return [joinGroup(facts, user, obstacle.group), restart(facts, 'postfix')];
  }
  const behind = facts.detected.find(({ connectionSpec }) => {
    const place = { chrooted: asker.chrooted, queueDirectory: door.instance.queueDirectory };
    return connectionSpec !== undefined && reaches(element, connectionSpec, place);
  });
  if (behind !== undefined && !facts.running.has(behind.service)) {
    return [start(facts, behind.service)];
  }
  if (obstacle !== undefined) {
    return [advice(`Let ${user} pass ${obstacle.path}, in the settings of what makes it.`)];
  }
  if (behind !== undefined) return [restart(facts, behind.service)];
  const where = spec === undefined ? element : spec.replace(/^unix:/, '');
  return [
    advice(
      `Start what should listen at ${where}; if nothing should, take ${element} out of ${asker.parameter} (${asker.source}), and reload Postfix.`,
    ),
  ];
}

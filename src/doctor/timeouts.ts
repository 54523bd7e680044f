/** Postfix must have the longest patience: where it gives up first, the mail goes without the milters' word. */
import { DEFAULTS } from '../postfix/parameters.ts';
import type { DoctorFacts } from './facts.ts';
import { type Check, NO_MANAGER, type Problem, type Remedy } from './finding.ts';
import { reloadManager, setIni, setMainCf, unsetIni, unsetMainCf } from './repairs.ts';
import type { ManagedMilter } from '../manager-config/effective.ts';

type Parameter = 'milter_connect_timeout' | 'milter_command_timeout' | 'milter_content_timeout';

export const timeouts: Check = {
  id: 'timeouts',
  title: 'Postfix waits longer than the manager and its milters take',
  applies: ({ managerInstalled }) => managerInstalled || NO_MANAGER,
  look: (_host, facts) => [
    ...message(facts),
    ...facts.manager.milters
      .filter(({ enabled }) => enabled)
      .flatMap((child) => [...connects(facts, child), ...answers(facts, child)]),
  ],
};

function message(facts: DoctorFacts): readonly Problem[] {
  const { manager } = facts;
  // For all the children together, from the end of the content on.
  const ours = manager.manager.message_timeout;
  const line = manager.line('message_timeout');
  const theirs = patience(facts, 'milter_content_timeout');
  if (ours < theirs) return [];
  return [
    {
      grade: 'warning',
      title: `the manager takes up to ${ours} s for a message, and Postfix gives up after ${theirs} s`,
      evidence: [
        line ? `${line}: message_timeout = ${ours}` : `${manager.path}: message_timeout is ${ours}`,
        seen(facts, 'milter_content_timeout'),
      ],
      fix: shorten(
        facts,
        'milter_content_timeout',
        line === undefined ? undefined : unsetIni(facts, 'manager', 'message_timeout'),
      ),
    },
  ];
}

/**
 * The manager answers the handshake when its milters have. Unless told otherwise it waits less for a connection than
 * main.cf says of Postfix: only what somebody has set is compared.
 */
function connects(facts: DoctorFacts, child: ManagedMilter): readonly Problem[] {
  const theirs = patience(facts, 'milter_connect_timeout');
  const line = child.line('connection_timeout');
  if (line === undefined || child.connection_timeout < theirs) return [];
  return [
    {
      grade: 'warning',
      title: `the manager waits ${child.connection_timeout} s for a connection to ${child.name}, and Postfix gives up after ${theirs} s`,
      evidence: [
        `${line}: connection_timeout = ${child.connection_timeout}`,
        seen(facts, 'milter_connect_timeout'),
      ],
      fix: [
        setIni(
          facts,
          `milter.${child.name}`,
          'connection_timeout',
          String(Math.max(1, theirs - 3)),
        ),
        reloadManager(facts),
      ],
    },
  ];
}

/** Each command of the dialogue, from the client's name to the last recipient. */
function answers(facts: DoctorFacts, child: ManagedMilter): readonly Problem[] {
  const theirs = patience(facts, 'milter_command_timeout');
  const longest = Math.max(child.reading_timeout, child.writing_timeout);
  if (longest < theirs) return [];
  const key =
    child.reading_timeout >= child.writing_timeout ? 'reading_timeout' : 'writing_timeout';
  const line = child.line(key);
  return [
    {
      grade: 'warning',
      title: `${child.name} may take ${longest} s for an answer, and Postfix gives up after ${theirs} s`,
      evidence: [
        line
          ? `${line}: ${key} = ${longest}`
          : `its own settings make it slow (a tarpit, name servers)`,
        seen(facts, 'milter_command_timeout'),
      ],
      fix: shorten(
        facts,
        'milter_command_timeout',
        line === undefined ? undefined : unsetIni(facts, `milter.${child.name}`, key),
        longest,
      ),
    },
  ];
}

function patience({ postfix }: DoctorFacts, key: Parameter): number {
  return postfix.parameters.seconds(key);
}

/** What is built in, in seconds. */
function usual(key: Parameter): number {
  return Number.parseInt(DEFAULTS[key]!, 10);
}

function seen({ postfix }: DoctorFacts, key: Parameter): string {
  const set = postfix.parameters.setting(key);
  return set ? `${set.source}: ${key} = ${set.value}` : `${key} is ${usual(key)} s by default`;
}

/** Whoever set a time that does not fit has it taken away: the defaults fit. */
function shorten(
  facts: DoctorFacts,
  key: Parameter,
  unset: Remedy | undefined,
  needed = 0,
): readonly Remedy[] {
  const theirs = facts.postfix.parameters.setting(key);
  if (unset !== undefined) {
    const short = theirs !== undefined && patience(facts, key) < usual(key);
    return [unset, reloadManager(facts), ...(short ? unsetMainCf(facts, key) : [])];
  }
  if (theirs && needed < usual(key)) return unsetMainCf(facts, key);
  return setMainCf(facts, key, `${needed + 3}s`);
}

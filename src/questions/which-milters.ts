/** Which milters: the first question, and the one that the others follow from. */
import { DEFAULT_MILTERS } from '../milters/milters.ts';
import { miltersInUse } from './existing-host.ts';
import type { CheckboxQuestion, Described, OfferedMilter, QuestionFacts } from './question.ts';

/** `greylist` for milter-greylist, `clamav` for clamav-milter; none where there is nothing to leave out. */
function shortNames(name: string): readonly string[] {
  const short = name.replace(/^milter-|-milter$/g, '');
  return short === name ? [] : [short];
}

export const milters: Described<CheckboxQuestion> = {
  chooses: true,
  placeholder: 'NAMES',
  type: 'checkbox',
  message: 'Which milters shall filter the mail?',
  summary: 'milters to set up, separated by commas (greylist,clamav,spamass)',
  explanation:
    'A milter is a daemon that Postfix asks about every mail. Postfix talks to the milter manager only; ' +
    'the manager finds the milters that are installed and enabled. You can add, enable and disable ' +
    'milters later without touching main.cf again.',
  choices: (facts) =>
    facts.offered.map((milter) => ({
      value: milter.name,
      title: [
        inColumns(milter.name, facts, ({ name }) => name),
        ...(facts.offered.some((each) => stateOf(each) !== '')
          ? [inColumns(stateOf(milter), facts, stateOf)]
          : []),
        milter.title,
      ].join('  '),
      summary: [
        `${milter.summary}.`,
        ...(milter.conflicts ?? []).map((each) => `Not together with ${each.with}: ${each.why}.`),
      ].join(' '),
      aliases: [...shortNames(milter.name), ...(milter.aliases ?? [])],
    })),
  default: (facts) => {
    // What filters mail already is what somebody wanted; more of it, or other milters, are theirs to choose.
    const used = miltersInUse(facts);
    if (used.length > 0 || facts.predecessor) return used;
    const offered = facts.offered
      .filter(({ name, conflicts = [] }) =>
        [name, ...conflicts.map((each) => each.with)].every(
          (each) => facts.elsewhere?.includes(each) !== true,
        ),
      )
      .map((milter) => milter.name);
    return DEFAULT_MILTERS.filter((name) => offered.includes(name));
  },
  origin: (facts) =>
    miltersInUse(facts).length > 0 || facts.predecessor
      ? 'those that filter mail here now'
      : (facts.elsewhere ?? []).length > 0
        ? `those of the install documents that do not do again what ${facts.elsewhere!.join(', ')} does`
        : 'those of the install documents',
  validate: (value, facts) =>
    value.length === 0 && !facts.predecessor ? 'choose at least one milter' : undefined,
};

/** Empty for what is not there yet. */
function stateOf(milter: OfferedMilter): string {
  if (milter.inUse) return 'in use';
  if (!milter.installed && !milter.enabled) return '';
  if (!milter.enabled) return 'off';
  return milter.running === false ? 'not running' : 'on';
}

/** The text, as wide as that of each other milter. */
function inColumns(
  text: string,
  { offered }: QuestionFacts,
  of: (milter: OfferedMilter) => string,
): string {
  return text.padEnd(Math.max(...offered.map((milter) => of(milter).length)));
}

/** What is asked on a host that filters mail already: what was set up there by hand stays as it is. */
import type { CheckboxQuestion, ConfirmQuestion, Described, QuestionFacts } from './question.ts';

const namesIn = (answers: Readonly<Record<string, unknown>>, key: string): readonly unknown[] => {
  const names = answers[key];
  return Array.isArray(names) ? names : [];
};

/** The milters that filter mail there now; none on a fresh host, and where a run of ours set them up. */
export function miltersInUse({ offered }: QuestionFacts): readonly string[] {
  return offered.filter((milter) => milter.inUse === true).map(({ name }) => name);
}

/** Whether the milter is to be set up with our settings: it was chosen, and its own are not kept. */
export function takesOurSettings(
  milter: string,
  answers: Readonly<Record<string, unknown>>,
): boolean {
  return (
    namesIn(answers, 'milters').includes(milter) &&
    !namesIn(answers, 'keep-settings').includes(milter)
  );
}

export const keepSettings: Described<CheckboxQuestion> = {
  chooses: true,
  placeholder: 'NAMES',
  type: 'checkbox',
  message: 'Which of them keep their own settings and sockets?',
  summary: 'milters whose own settings stay as they are, separated by commas, or none',
  explanation:
    'These filter your mail already. Where they keep their settings, nothing in their files changes: the ' +
    'manager takes their place in main.cf and asks them where they listen now. The others get our settings.',
  choices: ({ offered }) =>
    offered
      .filter(({ installed, enabled, inUse }) => installed || enabled || inUse === true)
      .map((milter) => ({
        value: milter.name,
        title: milter.name,
        summary: milter.summary,
        aliases: milter.aliases ?? [],
      })),
  default: miltersInUse,
  origin: () => 'all that filter your mail now keep what somebody set up',
  when: (facts, answers) =>
    miltersInUse(facts).some((name) => namesIn(answers, 'milters').includes(name)),
};

export const takeOver: Described<ConfirmQuestion> = {
  chooses: true,
  placeholder: 'YES-OR-NO',
  type: 'confirm',
  message: 'Shall our manager take the place of the C milter-manager?',
  summary:
    'yes: put our manager in the place of the C milter-manager, which is stopped; its files stay',
  explanation:
    'The C milter-manager filters your mail now. Its settings that can be read are taken over, and the plan names ' +
    'all others with file and line. Our manager is proved first, then main.cf names it, then the other is stopped ' +
    'and disabled. Its files stay, and undo starts it again. With no nothing is changed.',
  // Somebody else's running service: --yes alone is no consent to stop it.
  default: () => false,
  origin: () => 'no running service is stopped unasked',
  when: (facts) => facts.predecessor === true,
};

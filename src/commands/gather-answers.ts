/** Answers by the verb's questions, in the way the options ask for. */
import type { HostFacts } from '../plan/facts.ts';
import type { Wish } from '../plan/wish.ts';
import { saveAnswersFile } from '../questions/answers-file.ts';
import { resolveAnswers } from '../questions/answers.ts';
import type { Answers, QuestionKey } from '../questions/questions.ts';
import { takeOver } from '../questions/existing-host.ts';
import { notTakenOver } from './respect-predecessor.ts';
import type { CommandContext } from './command.ts';
import { questionFacts } from './question-facts.ts';

/**
 * Asks the questions named by `ask`; the others keep the last answer or the default.
 * @param milters where they are not asked for: those that the questions are about
 * @throws SetupError
 */
export async function gatherAnswers(
  { host, options, given, ui }: CommandContext,
  facts: HostFacts,
  ask: readonly QuestionKey[],
  milters?: readonly string[],
): Promise<Answers> {
  const known = questionFacts(host, facts);
  const flags = milters ? { ...given.flags, milters: milters.join(',') } : given.flags;
  const { answers } = await resolveAnswers({ ...given, flags }, known, {
    ask,
    mode: options.yes ? 'defaults' : ui.interactive ? 'prompt' : 'refuse',
    prompt: async (question, suggested) => {
      const value = await ui.ask(question, suggested, known);
      if (question.key === takeOver.key && value === false) throw notTakenOver();
      return value;
    },
  });
  if (options.saveAnswers !== undefined) saveAnswersFile(options.saveAnswers, answers);
  return answers;
}

/** The wish that follows from the answers. */
export function wishFrom(
  answers: Answers,
  { on = [], off = [], remove = [] }: Partial<Pick<Wish, 'on' | 'off' | 'remove'>>,
): Wish {
  return {
    on,
    keep: answers['keep-settings'].filter((name) => on.includes(name)),
    takeOver: answers['take-over'],
    off,
    remove,
    defaultAction: answers['default-action'],
    smtpConnections: answers['smtp-connections'],
    localNetworks: answers['local-networks'],
    greylistDelay: answers['greylist-delay'],
    dkimDomain: answers['dkim-domain'],
    dkimSelector: answers['dkim-selector'],
    dmarcFailures: answers['dmarc-failures'],
  };
}

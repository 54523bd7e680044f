/**
 * Which answer the MTA obeys to which command (Postfix: MILTER_README, and its smtpd as it behaves; Sendmail: libmilter's
 * documents). What it does not obey, it may take for a fault of the whole manager, or for the end of all filtering.
 */
import { SMFIC } from '../../protocol/constants.ts';
import type { CommandRules } from '../session/commands.ts';
import { ACCEPT, CONTINUE, isRefusal, type Answer } from '../merge/verdict.ts';

/**
 * What a child's answer to a command counts as. Before there is a mail nothing can be discarded: MTAs go on as if the
 * child had said CONTINUE, and so does the child. To an unknown command there is nothing but a refusal to be said.
 */
export function countsAs({ command, order }: CommandRules, answer: Answer): Answer {
  if (order > 0) return answer;
  if (answer.status === 'discard') return CONTINUE;
  return command === SMFIC.UNKNOWN && !isRefusal(answer) ? CONTINUE : answer;
}

/**
 * The answer where no child has one. Those that are out of a mail are still asked about the session: ACCEPT at HELO, or
 * to an unknown command, would be the end of all filtering for mails that they have not seen.
 */
export function nobodysAnswer({ command }: CommandRules): Answer {
  return command === SMFIC.HELO || command === SMFIC.UNKNOWN ? CONTINUE : ACCEPT;
}

/**
 * What goes to the MTA. A second HELO comes in the middle of a session, and may come in the middle of a mail: ACCEPT
 * would let everything pass that follows.
 * @param afterMail a mail has begun in this session
 */
export function obeyed({ command }: CommandRules, answer: Answer, afterMail: boolean): Answer {
  return command === SMFIC.HELO && afterMail && answer.status === 'accept' ? CONTINUE : answer;
}

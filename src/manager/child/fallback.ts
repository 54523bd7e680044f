/** What counts in the place of a child that has failed. */
import { SMFIC } from '../../protocol/constants.ts';
import type { CommandRules } from '../session/commands.ts';
import type { Failure } from './failure.ts';
import type { Milter } from './runtime.ts';
import { ACCEPT, CONTINUE, fallbackAnswer, TEMPFAIL, type Answer } from '../merge/verdict.ts';

export function fallbackOf({ settings }: Milter, failure: Failure | undefined): Answer {
  // What the child is set to says what its absence means, not what our own want of resources does.
  if (failure?.kind === 'resources') return TEMPFAIL;
  return fallbackAnswer(settings.fallback_status);
}

/**
 * Its answer to each command that follows.
 * @param out it has no part in the current message any more
 */
export function standingFallback(
  fallback: Answer,
  rules: CommandRules,
  { decidesAtMail }: Milter,
  out: boolean,
): Answer | undefined {
  if (fallback === ACCEPT || (out && rules.order > 0)) return undefined;
  const early = rules.order === 0;
  // Discard means nothing before there is a mail; and who is stopped at MAIL must not have refused the client before.
  if (early && (fallback.status === 'discard' || decidesAtMail)) return CONTINUE;
  if (rules.command === SMFIC.UNKNOWN) return CONTINUE;
  return fallback;
}

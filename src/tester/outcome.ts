/** Makes the {@link Result} of a mail from what was said about it. Pure. */

import { SMFIP } from '../protocol/constants.ts';
import type { Dialogue } from './dialogue.ts';
import { PlayFailure } from './failure.ts';
import { applyModifications } from './message.ts';
import type { Reply } from './replies.ts';
import type { Message, Result, Verdict } from './result.ts';
import type { Envelope, Mail } from './mail.ts';

export interface Played {
  readonly mail: Mail;
  readonly refused: readonly Envelope[];
  readonly outcome: Reply | PlayFailure;
  /** Absent when there never was a connection. */
  readonly dialogue:
    Pick<Dialogue, 'answers' | 'modifications' | 'warnings' | 'stage' | 'negotiated'> | undefined;
  /** In ms. */
  readonly elapsed: number;
}

export function resultOf({ mail, refused, outcome, dialogue, elapsed }: Played): Result {
  const before: Message = {
    from: mail.from,
    recipients: mail.recipients.filter((recipient) => !refused.includes(recipient)),
    headers: mail.headers,
    body: mail.body.join(''),
  };
  const modifications = dialogue?.modifications ?? [];
  const negotiated = dialogue?.negotiated;
  const leadingSpace = ((negotiated?.steps ?? 0) & SMFIP.HDR_LEADSPC) !== 0;
  const quarantine = modifications.findLast((each) => each.kind === 'quarantine');
  const verdict = verdictOf(outcome, quarantine !== undefined);
  return {
    ...verdict,
    ...(verdict.status === 'pass' || dialogue === undefined ? {} : { stage: dialogue.stage }),
    ...(verdict.status === 'quarantine' ? { quarantineReason: quarantine!.reason } : {}),
    warnings: dialogue?.warnings ?? [],
    elapsedMilliseconds: elapsed,
    ...(negotiated === undefined || negotiated.version === 0
      ? {}
      : {
          negotiated: {
            version: negotiated.version,
            actions: negotiated.actions,
            steps: negotiated.steps,
          },
        }),
    answers: dialogue?.answers ?? [],
    modifications,
    before,
    message: applyModifications(before, modifications, leadingSpace),
  };
}

function verdictOf(
  outcome: Reply | PlayFailure,
  quarantined: boolean,
): Pick<Result, 'status' | 'reply' | 'problem' | 'hint'> {
  if (outcome instanceof PlayFailure) {
    const { kind, message, hint } = outcome;
    return { status: kind, problem: message, ...(hint === undefined ? {} : { hint }) };
  }
  switch (outcome.kind) {
    case 'continue':
    case 'skip':
      return { status: heldOr('pass', quarantined) };
    case 'accept':
      return { status: heldOr('accept', quarantined) };
    case 'discard':
      return { status: outcome.kind };
    case 'reject':
    case 'temporary-failure':
      return {
        status: outcome.kind,
        ...(outcome.reply === undefined ? {} : { reply: outcome.reply }),
      };
  }
}

function heldOr(verdict: Verdict, quarantined: boolean): Verdict {
  return quarantined ? 'quarantine' : verdict;
}

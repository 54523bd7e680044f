/** What the proofs of a run came to, read from what the test client prints. */
import type { ApplyListener } from '../../apply/events.ts';
import type { Change } from '../../change/change.ts';
import type { ProofLine } from '../../ui/show-proofs.ts';

export interface ProofWatch {
  /** To be told what happens in place of the listener, which is told, too. */
  readonly report: ApplyListener;
  /** In the order in which they were made. */
  lines(): readonly ProofLine[];
}

export function watchProofs(listener: ApplyListener): ProofWatch {
  const output = new Map<Change, string>();
  const unanswered = new Set<Change>();
  const lines: ProofLine[] = [];
  return {
    report: (event) => {
      listener(event);
      const { change } = event;
      if (change.kind !== 'prove') return;
      const { proves } = change;
      if (event.kind === 'output') output.set(change, (output.get(change) ?? '') + event.text);
      else if (event.kind === 'warned') unanswered.add(change);
      else if (event.kind === 'skipped') {
        lines.push({ ...proves, outcome: 'skipped', reason: event.reason });
      } else if (event.kind === 'done') {
        const answer = lastAnswer(output.get(change) ?? '');
        lines.push({ ...proves, ...answer, ...(unanswered.has(change) && { outcome: 'fail' }) });
      }
    },
    lines: () => lines,
  };
}

/** The client may have been run more than once, until the milter answered as it should. */
function lastAnswer(output: string): Omit<ProofLine, 'who' | 'mail'> {
  const from = output.lastIndexOf('status: ');
  if (from < 0) return { outcome: 'fail', reason: output.trim().split('\n').at(-1) ?? '' };
  const value = (name: string): string | undefined =>
    new RegExp(`^${name}: (\\S+)`, 'm').exec(output.slice(from))?.[1];
  const [verdict, stage, seconds] = [value('status'), value('stage'), value('elapsed-time')];
  return {
    outcome: 'pass',
    ...(verdict !== undefined && { verdict }),
    ...(stage !== undefined && { stage }),
    ...(seconds !== undefined && { seconds: Number(seconds) }),
  };
}

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
  const warnings = new Map<Change, string>();
  const lines: ProofLine[] = [];
  return {
    report: (event) => {
      listener(event);
      const { change } = event;
      if (change.kind !== 'prove' && change.kind !== 'prove-asked') return;
      if (event.kind === 'output') output.set(change, (output.get(change) ?? '') + event.text);
      else if (event.kind === 'warned') warnings.set(change, event.message);
      else if (event.kind === 'skipped') {
        const proves = change.kind === 'prove' ? change.proves : POSTFIX;
        lines.push({ ...proves, outcome: 'skipped', reason: event.reason });
      } else if (event.kind === 'done') {
        const said = output.get(change) ?? '';
        const warning = warnings.get(change);
        if (change.kind === 'prove-asked') lines.push(postfixAsks(said, warning));
        else {
          const answer = lastAnswer(said);
          const { proves } = change;
          lines.push({ ...proves, ...answer, ...(warning !== undefined && { outcome: 'fail' }) });
        }
      }
    },
    lines: () => lines,
  };
}

const POSTFIX = { who: 'postfix', mail: 'a session on each port' } as const;

/** @param warning why nothing was seen: then it is no proof */
function postfixAsks(said: string, warning: string | undefined): ProofLine {
  if (warning !== undefined) return { ...POSTFIX, outcome: 'skipped', reason: warning };
  const values = (name: string): readonly string[] =>
    [...said.matchAll(new RegExp(`^${name}: (.+)$`, 'gm'))].map(([, value = '']) => value);
  const [ports = ''] = values('asks');
  const unseen = values('unseen');
  const rest = unseen.length === 0 ? '' : `; not seen: ${unseen.join(', ')}`;
  return {
    ...POSTFIX,
    outcome: 'pass',
    seconds: Number.parseFloat(values('elapsed-time')[0] ?? ''),
    reason: `asks the manager about what comes by port ${ports}${rest}`,
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

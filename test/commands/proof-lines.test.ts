/** What a run says of the session with each port of Postfix: seen, seen in part, or nothing seen, which is no pass. */
import { expect, it } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.ts';
import type { ProveAsked } from '../../src/change/change.ts';
import { watchProofs } from '../../src/commands/run/proof-lines.ts';
import { showProofs } from '../../src/ui/show-proofs.ts';
import { PLAIN } from '../../src/ui/style.ts';

const change: ProveAsked = {
  ...{ kind: 'prove-asked', phase: 'mta', title: 'prove that Postfix asks the manager', why: '' },
  ...{ commands: [], undo: [], postfixDirectory: '', spec: '', statusSpec: '' },
  historyDirectory: '',
};

function shown(...events: readonly ApplyEvent[]): string {
  const watch = watchProofs(() => undefined);
  for (const event of [...events, { kind: 'done', change } as const]) watch.report(event);
  return showProofs(watch.lines(), PLAIN);
}

it('names the ports', () => {
  const text = 'status: pass\nelapsed-time: 0.775 seconds\nasks: 25, 587\n';
  expect(shown({ kind: 'output', change, text })).toBe(
    'Proved with test mails\n  postfix  pass  0.775 s  asks the manager about what comes by port 25, 587',
  );
});

it('names those that nobody saw, too', () => {
  const text =
    'status: pass\nelapsed-time: 1.000 seconds\nasks: 25\nunseen: 192.0.2.1:587: it does not listen\n';
  expect(shown({ kind: 'output', change, text }).replace(/\s+/g, ' ')).toContain(
    'asks the manager about what comes by port 25; not seen: 192.0.2.1:587: it does not listen',
  );
});

it('passes nothing where nothing was seen', () => {
  const message = 'not seen that Postfix asks the manager: 25: it does not listen';
  const said = shown({ kind: 'warned', change, message }).replace(/\s+/g, ' ');
  expect(said).toBe(`Proved with test mails postfix skipped ${message}`);
});

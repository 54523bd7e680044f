import { expect, it } from 'vitest';
import { Gate } from '../../../src/manager/gate/gate.ts';
import { ACCEPT, CONTINUE, TEMPFAIL } from '../../../src/manager/merge/verdict.ts';
import { COMMANDS } from '../../../src/manager/session/commands.ts';

function gate(refused = false): readonly [Gate, () => string] {
  let sent = '';
  const its = new Gate((packet) => (sent += packet.toString('latin1', 4)), refused);
  return [its, () => sent];
}
const CHANGE = Buffer.from('\0\0\0\x05hA\0b\0', 'latin1');

it('lets one answer through for each command, and nothing that nobody asked for', () => {
  const [its, sent] = gate();
  its.answer(CONTINUE);
  its.progress();
  its.change([CHANGE]);
  expect(sent()).toBe('');
  its.asked(COMMANDS.endOfMessage);
  its.progress();
  its.change([CHANGE]);
  its.answer(ACCEPT);
  its.answer(ACCEPT);
  expect(sent()).toBe('phA\0b\0a');
});

it('answers temporary failure, and passes no change, from when it refuses', () => {
  const [its, sent] = gate();
  its.asked(COMMANDS.mail);
  its.refuse();
  its.answer(CONTINUE);
  its.asked(COMMANDS.endOfMessage);
  its.change([CHANGE]);
  its.answer(CONTINUE);
  expect(sent()).toBe('tt');
});

it('refuses all of a session that is one too many', () => {
  const [its, sent] = gate(true);
  its.asked(COMMANDS.connect);
  its.answer(TEMPFAIL);
  its.asked(COMMANDS.helo);
  its.answer(CONTINUE);
  expect(sent()).toBe('tt');
});

it('knows no mail of the session before', () => {
  const [its, sent] = gate();
  its.asked(COMMANDS.mail);
  its.answer(CONTINUE);
  its.asked(COMMANDS.helo);
  its.answer(ACCEPT);
  its.startOver();
  its.asked(COMMANDS.helo);
  its.answer(ACCEPT);
  expect(sent()).toBe('cca');
});

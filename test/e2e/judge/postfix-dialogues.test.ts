/** Dialogues in which a filter was once walked around, word by word, on a real Postfix. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { both } from './differential.ts';
import { JudgedCrews, type Crew } from './judged-crews.ts';
import { whyNoPostfix } from './private-postfix.ts';
import type { Line, Script, Words } from './scripted-child.ts';
import { SMFIP } from '../../../src/protocol/constants.ts';
import type { Group, SmtpSession } from './smtp-session.ts';

const missing = whyNoPostfix();
const ONE: Crew = { name: 'one', children: { a: [] } };
/** The second one's absence, or garbage, would let everything pass. */
const SCANNER: Crew = {
  name: 'scanner',
  children: { other: ['fallback_status = accept'], scanner: ['after ='] },
};
const SHADOWED: Crew = {
  name: 'shadowed',
  children: { scanner: [], watcher: ['after =', 'evaluation_mode = yes'] },
};

const VIRUS = 'Subject: one\r\n\r\nvirus\r\n';
const MAIL = 'MAIL FROM:<ann@one.example>';
const RCPT = 'RCPT TO:<eve@three.example>';

/** One command after the other; `virus` is DATA with its content. */
function dialogue(...commands: readonly string[]): SmtpSession {
  const groups = commands.map((text): Group => [
    text === 'virus' ? { kind: 'data', content: VIRUS, early: false } : { kind: 'line', text },
  ]);
  return { groups: [[{ kind: 'line', text: 'EHLO client.example' }], ...groups], end: 'quit' };
}

const script = (...lines: readonly Line[]): Script => ({ steps: 0, lines });
const says = (letter: string, words: Words, nth = 0): Line => ({ letter, nth, words });

/** Refuses every message. */
const REFUSES: Script = script(...[0, 1, 2].map((nth) => says('E', ['y550 5.7.1 virus\0'], nth)));
const SILENT: Script = script();

const AROUND: Readonly<Record<string, SmtpSession>> = {
  'a second EHLO after RSET': dialogue(MAIL, 'RSET', 'EHLO client.example', MAIL, RCPT, 'virus'),
  'an unknown command after RSET': dialogue(MAIL, 'RSET', 'XFOO', MAIL, RCPT, 'virus'),
  'EHLO after a mail': dialogue(MAIL, RCPT, 'virus', 'EHLO client.example', MAIL, RCPT, 'virus'),
  'an unknown command after a mail': dialogue(MAIL, RCPT, 'virus', 'XFOO', MAIL, RCPT, 'virus'),
  'an unknown command in a mail': dialogue(MAIL, 'XFOO', RCPT, 'XFOO', 'virus'),
};

/** What the first child says, and the scanner after it still has its say. */
const WORDS: Readonly<Record<string, Line>> = {
  'a reply with the class of another code': says('R', ['y550 4.7.23 no\0'], 1),
  'a bare code': says('R', ['y550\0'], 1),
  'DISCARD at CONNECT': says('C', ['d']),
  'DISCARD at HELO': says('H', ['d']),
  'a header without its end': says('E', ['hX-Cut\0no end', 'c']),
  'a header without a name': says('E', ['m\0\0\0\x01\0v\0', 'c']),
  'a recipient with something left over': says('E', ['+<a@b.example>\0left', 'c']),
  'a sender with three strings': says('E', ['e<a@b.example>\0one\0two\0', 'c']),
  'an inserted header that is cut off': says('E', ['i\0\0', 'c']),
};

describe.skipIf(missing !== undefined)(`The filter stands on Postfix ${missing ?? ''}`, () => {
  let judged: JudgedCrews;
  beforeAll(async () => {
    judged = await JudgedCrews.open([ONE, SCANNER, SHADOWED]);
  });
  afterAll(() => judged.close());

  const lastOf = (replies: readonly string[]) =>
    replies.filter((each) => !each.startsWith('221')).at(-1);

  describe.each(Object.entries(AROUND))('at %s', (_name, session) => {
    it.each([
      ['as it is', 0],
      ['that answers no header', SMFIP.NR_HDR | SMFIP.NR_EOH | SMFIP.NR_BODY],
      ['that wants no unknown commands', SMFIP.NOUNKNOWN],
    ])('for a milter %s', async (_which, steps) => {
      judged.forgetLog();
      const [direct, managed] = await both(
        judged.direct(ONE, session, [{ ...REFUSES, steps }]),
        judged.managed(ONE, session, [{ ...REFUSES, steps }]),
      );
      expect(lastOf(direct.replies)).toBe('550 5.7.1 virus');
      expect(managed.replies).toEqual(direct.replies);
      expect(managed.warnings).toEqual([]);
    });

    it('beside a shadow', async () => {
      judged.forgetLog();
      const managed = await judged.managed(SHADOWED, session, [REFUSES, SILENT]);
      expect(lastOf(managed.replies)).toBe('550 5.7.1 virus');
      expect(managed.warnings).toEqual([]);
    });
  });

  it.each(Object.entries(WORDS))('where another milter says %s', async (_name, line) => {
    judged.forgetLog();
    // The first mail has two recipients, of which the second may be refused.
    const session = dialogue(MAIL, RCPT, RCPT, 'virus', MAIL, RCPT, 'virus');
    const second = script(says('E', ['y550 5.7.1 virus\0'], 1));
    const { replies, mails, warnings } = await judged.managed(SCANNER, session, [
      script(line),
      second,
    ]);
    expect(mails).toHaveLength(1);
    expect(lastOf(replies)).toBe('550 5.7.1 virus');
    expect(warnings).toEqual([]);
  });

  it('and a refused DATA stays refused until the mail is given up', async () => {
    judged.forgetLog();
    const session = dialogue(MAIL, RCPT, 'virus', RCPT, 'virus', MAIL, 'RSET', MAIL, RCPT, 'virus');
    const refuses = script(says('T', ['y451 4.7.1 later\0']));
    const { replies, heard, mails, warnings } = await judged.managed(ONE, session, [refuses]);
    expect(replies.slice(4, 7)).toEqual(Array.from({ length: 3 }, () => '451 4.7.1 later'));
    // Nothing of the rest reached it; the mail after RSET is one of its own.
    expect(heard.a!.filter((each) => each === 'T')).toHaveLength(2);
    expect(mails).toHaveLength(1);
    expect(warnings).toEqual([]);
  });
});

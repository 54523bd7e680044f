/** Random mails that random milters change, through one Postfix: asked directly, and through our manager. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { both, compareAll, expectTheSame, PATIENCE, RUNS } from './differential.ts';
import { JudgedCrews, type Crew } from './judged-crews.ts';
import { whyNoPostfix } from './private-postfix.ts';
import { anyChanges, anyMail, changesBeforeOthers, lawfulChanges } from './random-sessions.ts';
import { RuleModel } from './rule-model.ts';
import { readable } from './what-was-heard.ts';

const missing = whyNoPostfix();
const ONE: Crew = { name: 'one', children: { a: [] } };
/** Each follows the one before, as Postfix asks them. */
const CHAIN: Crew = { name: 'chain', children: { a: [], b: [], c: [] } };
const PAIR: Crew = {
  name: 'pair',
  children: { a: ['fallback_status = accept'], b: ['after =', 'fallback_status = reject'] },
};

describe.skipIf(missing !== undefined)(`Postfix delivers ${missing ?? ''}`, () => {
  let judged: JudgedCrews;
  beforeAll(async () => {
    judged = await JudgedCrews.open([ONE, CHAIN, PAIR]);
  });
  afterAll(() => judged.close());

  it.each([ONE, CHAIN])(
    'what milters make of a mail, as if asked directly: $name',
    (crew) =>
      compareAll(
        `mails, ${crew.name}`,
        Math.ceil(RUNS / 2),
        fc.record({
          session: anyMail,
          scripts: fc.tuple(
            ...Object.keys(crew.children)
              .slice(1)
              .map(() => changesBeforeOthers),
            lawfulChanges,
          ),
        }),
        async ({ session, scripts }) => {
          judged.forgetLog();
          const [direct, managed] = await both(
            judged.direct(crew, session, scripts),
            judged.managed(crew, session, scripts),
          );
          expectTheSame(managed, direct);
        },
      ),
    PATIENCE,
  );

  it(
    'what the others say where one says what it must not',
    () =>
      compareAll(
        'mails, malformed changes',
        Math.ceil(RUNS / 4),
        fc.record({ session: anyMail, scripts: fc.tuple(anyChanges, anyChanges) }),
        async ({ session, scripts }) => {
          judged.forgetLog();
          const [a, b] = scripts;
          const model = new RuleModel([
            { script: a, fallback: 'accept' },
            { script: b, fallback: 'reject' },
          ]);
          const [expected, managed] = await both(
            judged.modelled(session, model),
            judged.managed(PAIR, session, scripts),
          );
          const [first, second] = model.end();
          const heard = { a: readable(first!, false), b: readable(second!, false) };
          expectTheSame(managed, { ...expected, heard });
        },
      ),
    PATIENCE,
  );
});

/** Random SMTP sessions through one Postfix, once with the milters asked directly and once through our manager. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { compareAll, expectTheSame, PATIENCE, RUNS } from './differential.ts';
import { JudgedCrews, type Crew } from './judged-crews.ts';
import { whyNoPostfix } from './private-postfix.ts';
import { anyScript, anySession, lawful } from './random-sessions.ts';

const missing = whyNoPostfix();
const ONE: Crew = { name: 'one', children: { a: ['# macros'] } };

describe.skipIf(missing !== undefined)(`Postfix ${missing ?? ''}`, () => {
  let judged: JudgedCrews;
  beforeAll(async () => {
    judged = await JudgedCrews.open([ONE]);
  });
  afterAll(() => judged.close());

  it(
    'hears of the manager what it hears of a milter that is lawful',
    () =>
      compareAll(
        'one milter',
        RUNS / 2,
        fc.record({ session: anySession, script: anyScript(lawful) }),
        async ({ session, script }) => {
          judged.forgetLog();
          const [direct, managed] = await Promise.all([
            judged.direct(ONE, session, [script]),
            judged.managed(ONE, session, [script]),
          ]);
          expectTheSame(managed, direct);
        },
      ),
    PATIENCE,
  );
});

/** Random SMTP sessions through one Postfix, once with the milters asked directly and once through our manager. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { both, compareAll, expectTheSame, PATIENCE, RUNS } from './differential.ts';
import { JudgedCrews, type Crew } from './judged-crews.ts';
import { SmtpdDied, whyNoPostfix } from './private-postfix.ts';
import { anyScript, anySession, anything, lawful } from './random-sessions.ts';
import { RuleModel, type Fallback } from './rule-model.ts';
import type { Script } from './scripted-child.ts';
import type { SmtpSession } from './smtp-session.ts';
import { readable } from './what-was-heard.ts';

const missing = whyNoPostfix();
const ONE: Crew = { name: 'one', children: { a: ['# macros'] } };
const FALLBACKS = {
  a: 'temporary-failure',
  b: 'accept',
  c: 'reject',
  d: 'discard',
} as const satisfies Readonly<Record<string, Fallback>>;
/** In one stage; as unknown milters are spoken to, and as known ones are. */
const FOUR = crewOf('four', ['after =']);
const PIPELINED = crewOf('pipelined', ['after =', 'pipelining = yes', 'connection_reuse = no']);

function crewOf(name: string, settings: readonly string[]): Crew {
  const children = Object.entries(FALLBACKS).map(
    ([child, fallback]) => [child, [`fallback_status = ${fallback}`, ...settings]] as const,
  );
  return { name, children: Object.fromEntries(children) };
}

/** Shows the manager that these milters are silent after their last word: until then it does not ask again in a hurry. */
const UNHURRIED: SmtpSession = {
  groups: [
    'EHLO client.example',
    'MAIL FROM:<>',
    'RCPT TO:<eve@three.example>',
    'data',
    'MAIL FROM:<>',
  ].map((text) => [
    text === 'data'
      ? { kind: 'data', content: 'Subject: one\r\n\r\nbody\r\n', early: false }
      : { kind: 'line', text },
  ]),
  end: 'quit',
  pause: 200,
};
const ACCEPTS: Script = { steps: 0, lines: [{ letter: 'L', nth: 0, words: ['a'] }] };

const fourScripts = fc.tuple(
  anyScript(anything),
  anyScript(anything),
  anyScript(anything),
  anyScript(anything),
);

/** Seldom with BDAT: where a milter refuses one, see below. */
const mostlyWhole = fc.oneof(
  { arbitrary: anySession(false), weight: 9 },
  { arbitrary: anySession(true), weight: 1 },
);

/** SIGSEGV: Postfix 3.7.11 dies by itself of a MAIL after a BDAT that a milter refused. It cannot judge there. */
function unlessPostfixFell(error: unknown): never {
  fc.pre(!(error instanceof SmtpdDied && error.signal === 11));
  throw error;
}

describe.skipIf(missing !== undefined)(`Postfix ${missing ?? ''}`, () => {
  let judged: JudgedCrews;
  beforeAll(async () => {
    judged = await JudgedCrews.open([ONE, FOUR, PIPELINED]);
    await judged.managed(PIPELINED, UNHURRIED, [ACCEPTS, ACCEPTS, ACCEPTS, ACCEPTS]);
  });
  afterAll(() => judged.close());

  it(
    'hears of the manager what it hears of a milter that is lawful',
    () =>
      compareAll(
        'one milter',
        Math.ceil(RUNS / 2),
        fc.record({ session: anySession(true), script: anyScript(lawful) }),
        async ({ session, script }) => {
          judged.forgetLog();
          const [direct, managed] = await both(
            judged.direct(ONE, session, [script]),
            judged.managed(ONE, session, [script]),
          );
          expectTheSame(managed, direct);
        },
      ),
    PATIENCE,
  );

  it.each([FOUR, PIPELINED])(
    'hears of $name milters what the model of our rules says',
    (crew) =>
      compareAll(
        `four milters, ${crew.name}`,
        Math.ceil(RUNS / 4),
        fc.record({ session: mostlyWhole, scripts: fourScripts }),
        async ({ session, scripts }) => {
          judged.forgetLog();
          const names = Object.values(FALLBACKS);
          const model = new RuleModel(
            scripts.map((script, index) => ({ script, fallback: names[index]! })),
          );
          const [expected, managed] = await both(
            judged.modelled(session, model).catch(unlessPostfixFell),
            judged.managed(crew, session, scripts).catch(unlessPostfixFell),
          );
          const hearings = model.end();
          const heard = Object.keys(FALLBACKS).map(
            (name, index) => [name, readable(hearings[index]!, false)] as const,
          );
          expectTheSame(managed, { ...expected, heard: Object.fromEntries(heard) });
          expect(expected.warnings, 'what Postfix has against the model').toEqual([]);
        },
      ),
    PATIENCE,
  );
});

/** What an SMTP client can type, and what children can say to it. */
import fc from 'fast-check';
import { SMFIP } from '../../../src/protocol/constants.ts';
import type { Line, Script, Words } from './scripted-child.ts';
import type { Group, SmtpSession, Step } from './smtp-session.ts';

const line = (text: string): Step => ({ kind: 'line', text });

const MAIL = ['MAIL FROM:<ann@one.example>', 'MAIL FROM:<>', 'MAIL FROM:<bob@two.example> SIZE=99'];
const RCPT = ['RCPT TO:<eve@three.example>', 'RCPT TO:<kim@four.example>'];
const GREETING = ['EHLO client.example', 'HELO client.example'];
const OTHER = [
  ...['RSET', 'NOOP', 'XFOO bar', 'VRFY eve@three.example', 'HELP', 'MAIL FROM', 'RCPT TO:<', ''],
  ...['RCPT TO:<unknown@judge.example>', 'MAIL FROM:<a b>', 'EHLO', 'XBAR'],
];

const content = fc.constantFrom(
  'Subject: one\r\n\r\nbody\r\n',
  'From: ann@one.example\r\nSubject: two\r\n folded\r\n\r\n.dot\r\n..two\r\nRSET\r\n',
  'X-Only: header\r\n',
  '\r\nno header\r\n',
  `Subject: long\r\n\r\n${'0123456789 '.repeat(90)}\r\n`.repeat(1),
  'MAIL FROM:<hidden@one.example>\r\nRCPT TO:<eve@three.example>\r\nRSET\r\n',
  'Subject: large\r\n\r\n' + 'A line of text that fills the body.\r\n'.repeat(4000),
);

/** Commands and content; BDAT where `chunked`. */
const typed = (chunked: boolean): fc.Arbitrary<Step> =>
  fc.oneof(
    { arbitrary: fc.constantFrom(...MAIL).map(line), weight: 4 },
    { arbitrary: fc.constantFrom(...RCPT).map(line), weight: 5 },
    { arbitrary: fc.constantFrom(...GREETING).map(line), weight: 2 },
    { arbitrary: fc.constantFrom('RSET', 'XFOO bar').map(line), weight: 3 },
    { arbitrary: fc.constantFrom(...OTHER).map(line), weight: 2 },
    {
      arbitrary: content.map((text): Step => ({ kind: 'data', content: text, early: false })),
      weight: 4,
    },
    {
      arbitrary: content.map((text): Step => ({
        kind: 'data',
        content: text,
        early: text.length < 900,
      })),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        kind: fc.constant('bdat' as const),
        bytes: content,
        last: fc.boolean(),
      }),
      weight: chunked ? 1 : 0,
    },
  );

/** A mail as clients send it, its commands one by one or in one piece. */
const wholeMail = (mayChunk: boolean): fc.Arbitrary<Group[]> =>
  fc
    .record({
      from: fc.constantFrom(...MAIL),
      to: fc.array(fc.constantFrom(...RCPT), { minLength: 1, maxLength: 3 }),
      text: content,
      pipelined: fc.boolean(),
      chunked: mayChunk ? fc.boolean() : fc.constant(false),
    })
    .map(({ from, to, text, pipelined, chunked }): Group[] => {
      const half = text.length >> 1;
      const end: Step[] = chunked
        ? [
            { kind: 'bdat', bytes: text.slice(0, half), last: false },
            { kind: 'bdat', bytes: text.slice(half), last: true },
          ]
        : [{ kind: 'data', content: text, early: false }];
      const steps = [line(from), ...to.map(line), ...end];
      return pipelined ? [steps] : steps.map((step) => [step]);
    });

/** DATA without its content is the last of its piece: the next depends on the reply. */
const anyGroup = (chunked: boolean): fc.Arbitrary<Group[]> =>
  fc.array(typed(chunked), { minLength: 1, maxLength: 4 }).map((steps): Group[] => {
    const end = steps.findIndex((step) => step.kind === 'data' && !step.early);
    return end === -1
      ? [steps]
      : [steps.slice(0, end + 1), ...steps.slice(end + 1).map((one) => [one])];
  });

/** @param chunked whether messages also come by BDAT (RFC 3030) */
export const anySession = (chunked: boolean): fc.Arbitrary<SmtpSession> =>
  fc
    .record({
      greeting: fc.constantFrom(...GREETING, 'EHLO client.example'),
      parts: fc.array(
        fc.oneof(
          { arbitrary: anyGroup(chunked), weight: 2 },
          { arbitrary: wholeMail(chunked), weight: 1 },
        ),
        { minLength: 1, maxLength: 6 },
      ),
      end: fc.constantFrom('quit', 'quit', 'quit', 'gone', 'gone in data' as const),
    })
    .map(({ greeting, parts, end }) => ({
      groups: [[line(greeting)], ...parts.flat()],
      end,
    }));

/** Replies that Postfix takes as they are. */
const REPLIES: readonly Words[] = [
  ...[['r'], ['t'], ['y550 5.7.1 no\0'], ['y451 4.7.1 later\0'], ['y552 no enhanced code\0']],
  ...[['y550-5.7.1 one\r\n550 5.7.1 two\0'], ['y421 4.7.0 close\0']],
];
const MODIFICATIONS = [
  ...['hX-Added\0one\0', 'hX-Added\0two\r\n\tlines\0', '+<more@five.example>\0', 'qsuspicious\0'],
  ...['-<eve@three.example>\0', 'e<changed@six.example>\0', '2<more@six.example>\0NOTIFY=NEVER\0'],
];
/** Those whose numbers mean something. */
const NUMBERED = [
  ...['i\0\0\0\0X-First\0top\0', 'i\0\0\0\x01X-Second\0next\0', 'i\0\0\0\x09X-Far\0last\0'],
  ...['m\0\0\0\x01Subject\0changed\0', 'm\0\0\0\x01subject\0\0', 'm\0\0\0\x02Subject\0added\0'],
  ...['bnew body\r\n', 'bmore of it\r\n'],
];

const LETTERS = ['C', 'H', 'M', 'R', 'T', 'L', 'N', 'B', 'E', 'U'] as const;
type Letter = (typeof LETTERS)[number];

/** What a milter may say to a letter. */
export type Vocabulary = (letter: Letter) => fc.Arbitrary<Words>;

function endOfMessage(
  modifications: readonly string[],
  final: readonly Words[],
): fc.Arbitrary<Words> {
  return fc
    .tuple(
      fc.array(fc.constantFrom('p', ...modifications), { maxLength: 4 }),
      fc.constantFrom(...final),
    )
    .map(([before, last]) => [
      ...before.filter((word) => !isBody(word)),
      ...before.filter(isBody),
      ...last,
    ]);
}

/** What one milter may say so that Postfix itself does as our rules say. */
export const lawful: Vocabulary = (letter) => {
  switch (letter) {
    case 'C':
    case 'H':
    case 'M':
    case 'R':
    case 'N':
      return fc.constantFrom(...REPLIES, ['a'], ['d'], ['4']);
    case 'E':
      return endOfMessage(
        [...MODIFICATIONS, ...NUMBERED],
        [...REPLIES, ['c'], ['c'], ['c'], ['a'], ['d']],
      );
    case 'U':
      return fc.constantFrom(...REPLIES);
    // Of a refused DATA our rule is another: see the model.
    case 'T':
      return fc.constantFrom(['a'], ['d']);
    case 'L':
    case 'B':
      return fc.constantFrom(...REPLIES, ['a'], ['d'], ['p', 'c'], ['s']);
  }
};

/** Everything that a milter may say, at each stage. */
export const anything: Vocabulary = (letter) => {
  if (letter === 'E') {
    return endOfMessage(MODIFICATIONS, [
      ...REPLIES,
      ['c'],
      ['c'],
      ['c'],
      ['a'],
      ['d'],
      ['!'],
      ['Z'],
      [''],
    ]);
  }
  const faults: readonly Words[] = [['!'], ['Z'], ['']];
  return fc.constantFrom(...REPLIES, ['a'], ['a'], ['d'], ...faults);
};

/** One mail with headers that repeat, fold, and are told apart by their case only. */
export const anyMail: fc.Arbitrary<SmtpSession> = fc
  .record({
    headers: fc.array(
      fc.constantFrom(
        ...['Subject: one', 'subject: two', 'SUBJECT:three', 'X-A:  spaces ', 'X-B: a\r\n\tfold'],
        ...[
          'X-A: again',
          'To: eve@three.example',
          'X-Latin: gr\xfc\xdfe',
          'X-Empty:',
          'X-Long: ' + 'w '.repeat(600),
        ],
      ),
      { maxLength: 8 },
    ),
    body: fc.array(
      fc.constantFrom(
        '',
        '.',
        '..x',
        'text',
        'gr\xfc\xdfe',
        'From here',
        'x'.repeat(2100),
        'line\r\n'.repeat(15000),
      ),
      { maxLength: 6 },
    ),
    chunked: fc.boolean(),
  })
  .map(({ headers, body, chunked }) => {
    const text = [...headers, '', ...body, ''].join('\r\n');
    const end: Step = chunked
      ? { kind: 'bdat', bytes: text, last: true }
      : { kind: 'data', content: text, early: false };
    const envelope = ['EHLO client.example', MAIL[0]!, ...RCPT].map(line);
    return { groups: [envelope, [end]], end: 'quit' };
  });

/** Modifications that libmilter would not send: cut off, without a name, with more than belongs there. */
const MALFORMED = [
  ...[
    'hX-Cut\0no end',
    'h\0no name\0',
    'h',
    'hX-Only\0',
    'i\0\0',
    'i\0\0\0\x01\0v\0',
    'm\0\0\0\x01Subject',
  ],
  ...[
    'm\0\0\0\x01\0v\0',
    '+<more@five.example>',
    '+<a@b.example>\0left',
    '-',
    '-<eve@three.example>',
  ],
  ...['e<a@b.example>', 'e<a@b.example>\0one\0two\0', '2', '2<a@b.example>\0x\0y\0'],
];

const isBody = (word: string): boolean => word.startsWith('b');

/** The pieces of a new body come in a row: Postfix takes them in no other way. */
const changes = (of: readonly string[]): fc.Arbitrary<Words> =>
  fc
    .tuple(
      fc.array(fc.constantFrom(...of), { maxLength: 6 }),
      fc.constantFrom('c', 'c', 'c', 'c', 'a', 'r'),
    )
    .map(([before, last]) => [
      ...before.filter((word) => !isBody(word)),
      ...before.filter(isBody),
      last,
    ]);

function atEnd(words: fc.Arbitrary<Words>): fc.Arbitrary<Script> {
  return words.map((each) => ({ steps: 0, lines: [{ letter: 'E', nth: 0, words: each }] }));
}

/** At the end of the message, any changes that Postfix takes. */
export const lawfulChanges = atEnd(changes(['p', ...MODIFICATIONS, ...NUMBERED]));
/** As {@link lawfulChanges}, where milters follow: asked directly, those do not see a mail that is put on hold. */
export const changesBeforeOthers = atEnd(
  changes(['p', ...MODIFICATIONS, ...NUMBERED].filter((word) => !word.startsWith('q'))),
);
/** And some that it does not take. */
export const anyChanges = atEnd(changes([...MODIFICATIONS, ...MODIFICATIONS, ...MALFORMED]));

const STEPS = [
  ...[SMFIP.NOCONNECT, SMFIP.NOHELO, SMFIP.NOMAIL, SMFIP.NORCPT, SMFIP.NODATA, SMFIP.NOUNKNOWN],
  ...[SMFIP.NOHDRS, SMFIP.NOEOH, SMFIP.NOBODY, SMFIP.NR_HDR, SMFIP.NR_EOH, SMFIP.NR_BODY],
  ...[SMFIP.NR_CONN, SMFIP.NR_HELO, SMFIP.NR_MAIL, SMFIP.NR_RCPT, SMFIP.NR_DATA, SMFIP.NR_UNKN],
];

export function anyScript(words: Vocabulary): fc.Arbitrary<Script> {
  const spoken = fc.constantFrom(...LETTERS).chain((letter) =>
    fc.record({
      letter: fc.constant<string>(letter),
      nth: fc.constantFrom(0, 0, 0, 1, 1, 2),
      words: words(letter),
    }),
  );
  const lines: fc.Arbitrary<Line[]> = fc.array(spoken, { maxLength: 5 });
  const steps = fc
    .oneof(
      { arbitrary: fc.constant<number[]>([]), weight: 2 },
      { arbitrary: fc.subarray(STEPS, { maxLength: 4 }), weight: 1 },
    )
    .map((bits) => bits.reduce((all, bit) => all | bit, SMFIP.SKIP));
  return fc.record({ steps, lines });
}

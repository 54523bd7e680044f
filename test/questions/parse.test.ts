import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from '../../src/questions/nearest.ts';
import { formatAnswer, parseAnswer } from '../../src/questions/parse.ts';
import { QUESTIONS } from '../../src/questions/questions.ts';
import { FRESH } from './facts.ts';

const question = (key: string): (typeof QUESTIONS)[number] =>
  QUESTIONS.find((each) => each.key === key)!;

test.each(['greylist,clamav', 'milter-greylist clamav-milter', 'Greylist, CLAMAV-milter,greylist'])(
  'short and full names of milters are the same: %s',
  (text) => {
    const expected = { value: ['milter-greylist', 'clamav-milter'] };
    expect(parseAnswer(question('milters'), text, FRESH)).toEqual(expected);
  },
);

test('a milter that this host does not offer is refused, and those that it offers are named', () => {
  const parsed = parseAnswer(question('milters'), 'greylist,amavisd', FRESH);
  expect(parsed).toEqual({
    problem: '"amavisd" is not one of the choices',
    accepted: 'milter-greylist, clamav-milter, spamass-milter, opendkim',
  });
});

test('every default is an answer that is accepted, and reads back as itself', () => {
  for (const each of QUESTIONS) {
    const value = each.default(FRESH);
    expect(parseAnswer(each, formatAnswer(value), FRESH)).toEqual({ value });
  }
});

test('any number of connections in range survives being written down', () => {
  const connections = question('smtp-connections');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), (value) => {
      expect(parseAnswer(connections, formatAnswer(value), FRESH)).toEqual({ value });
    }),
  );
});

test('Postfix that is there already tells the number of connections', () => {
  expect(question('smtp-connections').default({ ...FRESH, smtpConnections: 250 })).toBe(250);
});

test.each([
  ['statsu', 'status'],
  ['clamav-miltre', 'clamav-milter'],
  ['ENABEL', 'enable'],
  ['xyzzy', undefined],
  ['', undefined],
])('%j was meant to be %s', (word, meant) => {
  expect(nearest(word, ['status', 'enable', 'disable', 'clamav-milter'])).toBe(meant);
});

/** Header operations as Postfix carries them out (smfi_insheader, smfi_chgheader, cleanup_milter). */

import { describe, expect, test } from 'vitest';
import { applyModifications } from '../../src/tester/message.ts';
import type { Message, Modification } from '../../src/tester/result.ts';

const BEFORE: Message = {
  from: { address: 'a@example.com', arguments: [] },
  recipients: [{ address: 'b@example.org', arguments: [] }],
  headers: [
    { name: 'Received', value: ' 1' },
    { name: 'X-Test', value: ' 2' },
    { name: 'x-test', value: ' 3' },
  ],
  body: 'text',
};

function headersAfter(...modifications: Modification[]): string[] {
  return applyModifications(BEFORE, modifications, false).headers.map(
    ({ name, value }) => `${name}:${value}`,
  );
}

const change = (index: number, name: string, value: string): Modification => ({
  kind: 'change-header',
  index,
  name,
  value,
});
const insert = (index: number, name: string): Modification => ({
  kind: 'insert-header',
  index,
  name,
  value: 'v',
});

describe('change header', () => {
  test.each([
    [
      'names match whatever their case',
      change(2, 'X-TEST', 'n'),
      ['Received: 1', 'X-Test: 2', 'X-TEST: n'],
    ],
    ['index 0 is the first', change(0, 'x-test', 'n'), ['Received: 1', 'x-test: n', 'x-test: 3']],
    ['an empty value deletes', change(1, 'X-Test', ''), ['Received: 1', 'x-test: 3']],
    [
      'one that is not there is added',
      change(3, 'X-Test', 'n'),
      ['Received: 1', 'X-Test: 2', 'x-test: 3', 'X-Test: n'],
    ],
    [
      'one that is not there is not deleted',
      change(3, 'X-Test', ''),
      ['Received: 1', 'X-Test: 2', 'x-test: 3'],
    ],
  ])('%s', (_, modification, expected) => {
    expect(headersAfter(modification)).toEqual(expected);
  });

  test('a deletion moves up what follows: twice index 1 removes both', () => {
    expect(headersAfter(change(1, 'X-Test', ''), change(1, 'X-Test', ''))).toEqual(['Received: 1']);
  });

  test("the MTA's own Received is neither seen nor counted", () => {
    expect(headersAfter(change(1, 'Received', 'n'))[0]).toBe('Received: n');
  });
});

describe('insert header', () => {
  test.each([
    [0, ['A: v', 'Received: 1', 'X-Test: 2', 'x-test: 3']],
    [1, ['A: v', 'Received: 1', 'X-Test: 2', 'x-test: 3']],
    [2, ['Received: 1', 'A: v', 'X-Test: 2', 'x-test: 3']],
    [99, ['Received: 1', 'X-Test: 2', 'x-test: 3', 'A: v']],
  ])('at %i', (index, expected) => {
    expect(headersAfter(insert(index, 'A'))).toEqual(expected);
  });

  test("0 is above the MTA's own Received header, 1 below it", () => {
    expect(headersAfter(insert(0, 'A'), insert(0, 'B')).slice(0, 2)).toEqual(['B: v', 'A: v']);
    // The own Received is now at index 1, so index 1 comes before it and after A.
    expect(headersAfter(insert(0, 'A'), insert(1, 'B')).slice(0, 2)).toEqual(['A: v', 'B: v']);
  });
});

test('with leading space negotiated, values are as the milter gave them', () => {
  const added: Modification = { kind: 'add-header', name: 'A', value: 'v' };
  expect(applyModifications(BEFORE, [added], true).headers.at(-1)).toEqual({
    name: 'A',
    value: 'v',
  });
});

test('an empty new body is a new body', () => {
  const empty: Modification = { kind: 'replace-body', chunk: '' };
  expect(applyModifications(BEFORE, [empty], false).body).toBe('');
  expect(applyModifications(BEFORE, [], false).body).toBe('text');
});

test('a recipient is deleted with or without its brackets', () => {
  const gone: Modification = { kind: 'delete-recipient', address: '<b@example.org>' };
  expect(applyModifications(BEFORE, [gone], false).recipients).toEqual([]);
});

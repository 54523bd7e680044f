import { describe, expect, test } from 'vitest';
import {
  NegotiationError,
  negotiationPacket,
  parseNegotiation,
} from '../../src/protocol/negotiation.ts';

const numbers = '00000006' + '000001ff' + '001fffff';

describe('option negotiation', () => {
  test('an offer is the length, O and three numbers', () => {
    const offer = { version: 6, actions: 0x1ff, steps: 0x1fffff, macros: new Map() };
    expect(negotiationPacket(offer).toString('hex')).toBe('0000000d' + '4f' + numbers);
  });

  test('macro lists follow, each a stage and a string that ends with NUL', () => {
    const lists = '00000000' + '6a207b69665f6e616d657d00' + '00000005' + '6900';
    const data = Buffer.from(numbers + lists, 'hex');
    const read = parseNegotiation(data);
    expect([...read.macros]).toEqual([
      [0, ['j', '{if_name}']],
      [5, ['i']],
    ]);
    expect(negotiationPacket(read).subarray(5)).toEqual(data);
  });

  test('an empty list is kept: the milter wants no macros there', () => {
    const read = parseNegotiation(Buffer.from(numbers + '0000000200', 'hex'));
    expect([...read.macros]).toEqual([[2, []]]);
  });

  test.each([
    ['too short', '0000000600000001'],
    ['a list without NUL', numbers + '000000006a'],
    ['half a stage number', numbers + '0000'],
  ])('%s is refused', (_, hex) => {
    expect(() => parseNegotiation(Buffer.from(hex, 'hex'))).toThrow(NegotiationError);
  });
});

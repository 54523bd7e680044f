import { describe, expect, it } from 'vitest';
import { SMFIM } from '../../src/protocol/constants.ts';
import { decodeNegotiation, encodeNegotiation } from '../../src/protocol/negotiation.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('option negotiation', () => {
  it('writes the thirteen bytes that libmilter reads', () => {
    const packet = encodeNegotiation({
      version: 6,
      actions: 0x1ff,
      steps: 0x1fffff,
      macros: new Map(),
    });
    expect(packet).toEqual(bytes('0000000d 4f 00000006 000001ff 001fffff'));
  });

  it('writes macro lists after the three words, stage by stage', () => {
    const macros = new Map([[SMFIM.CONNECT, ['j', '{if_name}']]]);
    const packet = encodeNegotiation({ version: 6, actions: 0, steps: 0, macros });
    expect(packet.subarray(17).toString('latin1')).toBe('\0\0\0\0j {if_name}\0');
  });

  it('reads macro lists separated by blanks or commas', () => {
    const data = Buffer.from('\0\0\0\x06\0\0\x01\0\0\0\0\0\0\0\0\x05i, {msg_id}\0', 'latin1');
    expect(decodeNegotiation(data)?.macros).toEqual(new Map([[SMFIM.EOM, ['i', '{msg_id}']]]));
  });

  it('refuses words and lists that are cut off', () => {
    expect(decodeNegotiation(bytes('00000006 0000'))).toBeUndefined();
    expect(decodeNegotiation(bytes('00000006 00000000 00000000 000000'))).toBeUndefined();
    expect(decodeNegotiation(bytes('00000006 00000000 00000000 00000000 6a'))).toBeUndefined();
  });
});

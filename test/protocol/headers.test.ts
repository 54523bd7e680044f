import { describe, expect, it } from 'vitest';
import { SMFIR } from '../../src/protocol/constants.ts';
import {
  headerPacket,
  indexedHeaderPacket,
  parseHeader,
  parseIndexedHeader,
  sameHeaderName,
} from '../../src/protocol/headers.ts';

describe('headers on the wire', () => {
  it('keep leading blanks, 8-bit bytes and inner NULs', () => {
    const data = Buffer.from('Subject\0  gr\xfc\xdfe\0\n\tmore\0', 'latin1');
    const header = parseHeader(data)!;
    expect(header.name).toBe('Subject');
    expect(header.value).toEqual(Buffer.from('  gr\xfc\xdfe\0\n\tmore', 'latin1'));
    expect(headerPacket(SMFIR.ADDHEADER, header).subarray(5)).toEqual(data);
  });

  it('carry an index in front when changed or inserted', () => {
    const data = Buffer.from('\0\0\0\x02X\0\0', 'latin1');
    const header = parseIndexedHeader(data)!;
    expect(header).toEqual({ index: 2, name: 'X', value: Buffer.alloc(0) });
    expect(indexedHeaderPacket(SMFIR.CHGHEADER, 2, header).subarray(5)).toEqual(data);
  });

  it('without a name are refused', () => {
    expect(parseHeader(Buffer.from('no end'))).toBeUndefined();
    expect(parseHeader(Buffer.from('\0value\0'))).toBeUndefined();
    expect(parseIndexedHeader(Buffer.from('\0\0\0\x01'))).toBeUndefined();
  });

  it('have names that differ in case only by look', () => {
    expect(sameHeaderName('DKIM-Signature', 'dkim-signature')).toBe(true);
    expect(sameHeaderName('To', 'Cc')).toBe(false);
  });
});

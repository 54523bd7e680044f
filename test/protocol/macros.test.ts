import { describe, expect, it } from 'vitest';
import { SMFIC } from '../../src/protocol/constants.ts';
import { joinMacroLists, macroPacket, parseMacros } from '../../src/protocol/macros.ts';

describe('macros', () => {
  it('knows a name by its plain form, with and without braces', () => {
    const data = Buffer.from('Mi\x004XyZ\0{mail_addr}\0a@b.c\0', 'latin1');
    expect(parseMacros(data)).toEqual({
      command: SMFIC.MAIL,
      values: new Map([
        ['i', '4XyZ'],
        ['mail_addr', 'a@b.c'],
      ]),
    });
  });

  it('keeps an empty value, and a last name without one', () => {
    expect(parseMacros(Buffer.from('H{cert_subject}\0\0{cipher}', 'latin1')).values).toEqual(
      new Map([
        ['cert_subject', ''],
        ['cipher', ''],
      ]),
    );
  });

  it('writes long names in braces and single letters bare', () => {
    const packet = macroPacket({
      command: SMFIC.CONNECT,
      values: new Map([
        ['j', 'mx'],
        ['stress', 'yes'],
      ]),
    });
    expect(packet.toString('latin1')).toBe('\0\0\0\x14DCj\0mx\0{stress}\0yes\0');
  });

  it('joins lists without repeating a name', () => {
    expect(
      joinMacroLists([
        ['i', '{auth_type}'],
        ['{i}', 'mail_addr'],
      ]),
    ).toEqual(['i', '{auth_type}', '{mail_addr}']);
  });
});

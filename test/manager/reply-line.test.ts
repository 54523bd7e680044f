import { describe, expect, it } from 'vitest';
import { readAnswer, replyText } from '../../src/manager/merge/verdict.ts';
import { SMFIR } from '../../src/protocol/constants.ts';
import { PacketReader } from '../../src/protocol/packet-reader.ts';
import { packet } from '../../src/protocol/packet-writer.ts';

/** What goes to the MTA for the text of a reply code; `r` and `t` where it is the plain answer. */
function sentFor(text: string): string | undefined {
  const [reply] = new PacketReader(100_000).push(packet(SMFIR.REPLYCODE, text));
  const answer = readAnswer(reply!);
  if (answer === undefined) return undefined;
  expect(answer.status).toBe(text.startsWith('5') ? 'reject' : 'temporary-failure');
  return replyText(answer) ?? answer.packet.toString('latin1', 4);
}

describe('a reply that Postfix takes', () => {
  it.each([
    '550 5.7.1 no',
    '451 4.7.1 later',
    '550 blocked',
    '550 5.7.1',
    '450 ',
    '550  192.0.2.1 is listed',
    '550 5 lines, and 100%% of it',
    '451-4.7.1 greylisted\r\n451 4.7.1 for 300 s',
    '550-\r\n550 after an empty line',
    '421 gr\xfc\xdfe',
  ])('goes on as it is: %j', (text) => {
    expect(sentFor(`${text}\0`)).toBe(text);
  });
});

describe('a reply that Postfix calls malformed', () => {
  it.each([
    // The class of the enhanced code follows the reply's.
    ['550 4.7.23 SPF', '550 5.7.23 SPF'],
    ['450 5.7.1 odd', '450 4.7.1 odd'],
    ['554 3.7.1', '554 5.7.1'],
    ['550-2.0.0 one\r\n550 4.7.1 two', '550-5.0.0 one\r\n550 5.7.1 two'],
    // No enhanced code is made up.
    ['550 192.0.2.1 is listed', '550  192.0.2.1 is listed'],
    ['450 3 times', '450  3 times'],
    ['550blocked', '550 blocked'],
    ['550', 'r'],
    ['450', 't'],
    ['550\r\n', 'r'],
    // Only CR LF, and only between lines; the same code on each.
    ['550 one\ntwo', '550-one\r\n550 two'],
    ['550 one\rtwo', '550-one\r\n550 two'],
    ['550 one\r\n', '550 one'],
    ['550 one\r\n451 two\r\n550-three', '550-one\r\n550-two\r\n550 three'],
    ['550-one', '550 one'],
    ['550-one\r\n550', '550-one\r\n550 '],
    ['550 one\0two', '550 one'],
  ])('is mended: %j', (said, sent) => {
    expect(sentFor(`${said}\0`)).toBe(sent);
  });

  it('is the plain answer where it is longer than a packet may be', () => {
    expect(sentFor(`550 ${'x'.repeat(70_000)}\0`)).toBe('r');
  });

  it('gets the NUL that it lacks', () => {
    expect(sentFor('550 no')).toBe('550 no');
  });
});

describe('a reply that is no refusal', () => {
  it.each(['', '250 2.0.0 fine', '5500 no', '55', 'no', '650 no'])('is none: %j', (text) => {
    expect(sentFor(`${text}\0`)).toBeUndefined();
  });
});

/** What one session may cost the others: work and memory are counted here, times are measured by `npm run bench -- floods`. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { MtaLink } from '../../src/manager/gate/mta-link.ts';
import { Changes } from '../../src/manager/merge/changes.ts';
import { Modifications } from '../../src/manager/merge/modifications.ts';
import { NumberedHeaders, type Cell } from '../../src/manager/merge/numbered-headers.ts';
import { SessionReport } from '../../src/manager/report/session-report.ts';
import { MacroStore } from '../../src/manager/session/macro-store.ts';
import type { Packet } from '../../src/protocol/packet-reader.ts';
import { Guard } from '../../src/manager/session/guard.ts';

function say(letter: string, index: number | undefined, text: string): Packet {
  const head = Buffer.alloc(index === undefined ? 0 : 4);
  if (index !== undefined) head.writeUInt32BE(index);
  const body = Buffer.concat([Buffer.from(letter), head, Buffer.from(text, 'latin1')]);
  const whole = Buffer.concat([Buffer.alloc(4), body]);
  whole.writeUInt32BE(body.length);
  return { command: whole[4]!, data: whole.subarray(5) };
}

const cell = (name: string): Cell => ({
  ...{ name, key: name.toLowerCase(), value: Buffer.alloc(0), removed: false },
});

describe('finding the number of a header', () => {
  it('takes no walk over all headers', () => {
    let looked = 0;
    const headers = new NumberedHeaders([], () => {
      looked += 1;
      return true;
    });
    const before = cell('X');
    headers.push(before);
    for (let n = 0; n < 50_000; n += 1) headers.insertBehind(before, cell('X'));
    looked = 0;
    const found = headers.nth('x', 40_000)!;
    expect(headers.numberInName(found)).toBe(40_000);
    expect(headers.numberOf(found)).toBe(40_000);
    expect(headers.at(39_999)).toBe(found);
    headers.remove(found);
    expect(headers.size).toBe(50_000);
    expect(looked).toBeLessThan(2000);
  });
});

describe('a child that wants very much changed', () => {
  const headers = Array.from({ length: 4990 }, () => ({ name: 'X', value: Buffer.from('1') }));

  it.each([
    ['50,000 headers inserted', Array<Packet>(50_000).fill(say('i', 1, 'Y\0y\0'))],
    ['all headers of a name removed', Array<Packet>(4990).fill(say('m', 1, 'X\0\0'))],
  ])('lets the others have their turn: %s', (_name, modifications) => {
    const changes = new Changes(headers, 0x1ff, false);
    let longest = 0;
    let turns = 0;
    let began = performance.now();
    for (const turn of changes.takeStage([{ modifications, keepsLeadingSpace: false }])) {
      expect(turn).toBeUndefined();
      longest = Math.max(longest, performance.now() - began);
      turns += 1;
      began = performance.now();
    }
    // Ten milliseconds each; the machine that tests may be busy.
    expect(longest).toBeLessThan(500);
    expect(turns).toBeGreaterThan(modifications.length === 50_000 ? 1 : -1);
    expect(changes.forMta()).toHaveLength(modifications.length);
  });

  it('pays for what is kept of each, bytes or none', () => {
    const limits = { max_modifications: 1024 * 1024, max_modification_count: 1_000_000 };
    const kept = new Modifications(limits);
    const empty = say('+', undefined, '');
    let count = 0;
    while (kept.keep(empty) === undefined) count += 1;
    expect(count).toBe(4096);
    expect(kept.keep(empty)).toBe('max_modifications');
  });

  it('has the first of its headers in the log, cut off, and the number of the others', () => {
    const lines: string[] = [];
    const observer = {
      headerAdded: (_session: number, child: string, { value }: { readonly value: Buffer }) =>
        lines.push(`${child}: ${value.length}`),
      warn: (_session: number, text: string) => lines.push(text),
    };
    const report = new SessionReport(
      ...([
        1,
        { client: undefined },
        new MacroStore(),
        observer,
      ] as unknown as ConstructorParameters<typeof SessionReport>),
    );
    const added = say('h', undefined, `X\0${'x'.repeat(5000)}\0`);
    report.headersAdded('a', Array<Packet>(1_000_000).fill(added));
    expect(lines).toEqual([
      ...Array<string>(50).fill('a: 1000'),
      'a added 999950 more headers, which are not listed',
    ]);
  });
});

it('tells whether the MTA has taken what it was sent', async () => {
  const socket = Object.assign(new EventEmitter(), { writableLength: 0, write: () => undefined });
  const ears = { received: () => true, closed: () => undefined };
  const link = new MtaLink(socket as unknown as Socket, 1000, ears, new Guard(() => undefined));
  expect(link.isEmpty).toBe(true);
  link.send(Buffer.from('0000000170', 'hex'));
  expect(link.isEmpty).toBe(false);
  await expect.poll(() => link.isEmpty).toBe(true);
  socket.writableLength = 5;
  expect(link.isEmpty).toBe(false);
});

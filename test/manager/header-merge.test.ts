import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Changes } from '../../src/manager/merge/changes.ts';
import type { Packet } from '../../src/protocol/packet-reader.ts';

/** What a child asks for, in the words of libmilter. */
type Operation =
  | { readonly do: 'add'; readonly name: string; readonly value: string }
  | { readonly do: 'insert'; readonly at: number; readonly name: string; readonly value: string }
  | { readonly do: 'change'; readonly nth: number; readonly name: string; readonly value: string };

/** Children of a stage, stage after stage. */
type Run = readonly (readonly (readonly Operation[])[])[];

interface Line {
  readonly name: string;
  readonly value: string;
}

const RECEIVED: Line = { name: '(the own Received of the MTA)', value: '' };

/** An MTA: applies packets as Postfix does, one after the other. */
class Mta {
  readonly lines: Line[];

  constructor(lines: readonly Line[]) {
    this.lines = [RECEIVED, ...lines];
  }

  apply(bytes: Buffer): void {
    const letter = String.fromCharCode(bytes[4]!);
    const index = letter === 'h' ? 0 : bytes.readUInt32BE(5);
    const [name = '', value = ''] = bytes.toString('latin1', letter === 'h' ? 5 : 9).split('\0');
    if (letter === 'h') this.lines.push({ name, value });
    else if (letter === 'i')
      this.lines.splice(Math.min(index, this.lines.length), 0, { name, value });
    else {
      const places = [...this.lines.keys()].filter(
        (at) => this.lines[at]!.name.toLowerCase() === name.toLowerCase(),
      );
      const at = places[Math.max(index, 1) - 1];
      if (at === undefined) {
        if (value !== '') this.lines.push({ name, value });
      } else if (value === '') this.lines.splice(at, 1);
      else this.lines[at] = { name, value };
    }
  }
}

/**
 * The model: a message is a chain of places. A child's operations are first understood against its own copy of the
 * chain, as statements about places; only then are they carried out, child by child.
 */
interface Place {
  name: string;
  readonly values: string[];
  dead: boolean;
}

function predict(lines: readonly Line[], run: Run): readonly Line[] {
  let chain: Place[] = [RECEIVED, ...lines].map(({ name, value }) => ({
    name,
    values: [value],
    dead: false,
  }));
  for (const stage of run) {
    const seen = chain.filter((place) => !place.dead);
    for (const operations of stage) chain = carryOut(chain, [...seen], operations);
  }
  return chain
    .filter((place) => !place.dead)
    .map(({ name, values }) => ({ name, value: values.at(-1)! }));
}

function carryOut(chain: Place[], own: Place[], operations: readonly Operation[]): Place[] {
  let result = chain;
  for (const operation of operations) {
    const fresh: Place = { name: operation.name, values: [operation.value], dead: false };
    const append = (): void => {
      own.push(fresh);
      result = [...result, fresh];
    };
    if (operation.do === 'add') append();
    else if (operation.do === 'insert') {
      if (operation.at >= own.length) append();
      else {
        const leader = operation.at === 0 ? undefined : own[operation.at - 1]!;
        own.splice(operation.at, 0, fresh);
        const cut = leader === undefined ? 0 : result.indexOf(leader) + 1;
        result = [...result.slice(0, cut), fresh, ...result.slice(cut)];
      }
    } else {
      const same = own.filter(({ name }) => name.toLowerCase() === operation.name.toLowerCase());
      const meant = same[Math.max(operation.nth, 1) - 1];
      if (meant === undefined) {
        if (operation.value !== '') append();
      } else if (operation.value === '') {
        own.splice(own.indexOf(meant), 1);
        meant.dead = true;
      } else {
        meant.values.push(operation.value);
        // A removal by another child stands, and a header that is gone has no name.
        meant.name = operation.name;
      }
    }
  }
  return result;
}

const name = fc.constantFrom('X', 'x', 'Y', 'Received');
const value = fc.constantFrom('', 'a', 'b', 'c d');
const filled = fc.constantFrom('1', '2', '3');
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), name, value: filled }),
  fc.record({ do: fc.constant('insert' as const), at: fc.nat(8), name, value: filled }),
  fc.record({ do: fc.constant('change' as const), nth: fc.nat(4), name, value }),
);
const runs: fc.Arbitrary<Run> = fc.array(
  fc.array(fc.array(operation, { maxLength: 6 }), { maxLength: 3 }),
  {
    maxLength: 3,
  },
);
const messages = fc.array(fc.record({ name, value: filled }), { maxLength: 6 });

function reply(wanted: Operation): Packet {
  const text = `${wanted.name}\0${wanted.value}\0`;
  const index = Buffer.alloc(wanted.do === 'add' ? 0 : 4);
  if (wanted.do !== 'add') index.writeUInt32BE(wanted.do === 'insert' ? wanted.at : wanted.nth);
  const letter = { add: 'h', insert: 'i', change: 'm' }[wanted.do];
  const body = Buffer.concat([Buffer.from(letter), index, Buffer.from(text, 'latin1')]);
  const whole = Buffer.concat([Buffer.alloc(4), body]);
  whole.writeUInt32BE(body.length);
  return { command: whole[4]!, data: whole.subarray(5) };
}

function forwarded(
  message: readonly Line[],
  run: Run,
): { readonly packets: readonly Buffer[]; readonly left: readonly Line[] } {
  const headers = message.map((line) => ({
    name: line.name,
    value: Buffer.from(line.value, 'latin1'),
  }));
  const changes = new Changes(headers, 0x1ff, false);
  for (const stage of run) {
    const taking = changes.takeStage(
      stage.map((child) => ({ modifications: child.map(reply), keepsLeadingSpace: false })),
    );
    expect([...taking].length).toBeGreaterThanOrEqual(0);
  }
  const left = changes
    .currentHeaders()
    .map((header) => ({ name: header.name, value: header.value.toString('latin1') }));
  return { packets: changes.forMta(), left };
}

describe('header operations of several children', () => {
  it('lead the MTA to the message that the model predicts', () => {
    fc.assert(
      fc.property(messages, runs, (message, run) => {
        const mta = new Mta(message);
        for (const packet of forwarded(message, run).packets) mta.apply(packet);
        expect(mta.lines).toEqual(predict(message, run));
      }),
      { numRuns: 2000 },
    );
  });

  it('show the next stage what the MTA will have', () => {
    fc.assert(
      fc.property(messages, runs, (message, run) => {
        const { packets, left } = forwarded(message, run);
        const mta = new Mta(message);
        for (const packet of packets) mta.apply(packet);
        expect(left).toEqual(
          mta.lines.filter((line) => line !== RECEIVED && line.name !== RECEIVED.name),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('are forwarded byte for byte where there is one child', () => {
    const indexed = operation.filter((each) => each.do !== 'insert' || each.at < 4);
    fc.assert(
      fc.property(fc.array(indexed, { maxLength: 4 }), (operations) => {
        const many = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => [
          { name: 'X', value: String(n) },
          { name: 'Y', value: String(n) },
          { name: 'Received', value: String(n) },
        ]);
        const asked = operations.map((each) =>
          each.do === 'change' ? { ...each, nth: Math.max(1, each.nth) } : each,
        );
        const sent = asked.map((each) => reply(each).data.toString('latin1'));
        expect(
          forwarded(many, [[asked]]).packets.map((packet) => packet.toString('latin1', 5)),
        ).toEqual(sent);
      }),
      { numRuns: 300 },
    );
  });
});

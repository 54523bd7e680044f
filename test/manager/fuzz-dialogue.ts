/** Dialogues of `fuzz-seeds/`, and what a fuzzer does to them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

/** Letter and data of a packet of the MTA. */
export type Command = [string, Uint8Array];

export interface Seed {
  readonly commands: readonly Command[];
  /** What the children answer in turn; `!` is going away. */
  readonly replies: readonly string[];
}

interface Mutation {
  readonly kind: 'drop' | 'repeat' | 'swap' | 'flip' | 'cut' | 'insert';
  readonly at: number;
  readonly byte: number;
  readonly other: Command;
}

/** `replies` and their letters, then a packet a line: its letter and its data in hexadecimal. */
export function readSeeds(): readonly Seed[] {
  const directory = join(import.meta.dirname, 'fuzz-seeds');
  return readdirSync(directory).map((name) => {
    const lines = readFileSync(join(directory, name), 'utf8').split('\n');
    const said = lines.filter((line) => line !== '' && !line.startsWith('#'));
    const [replies = '', ...packets] = said;
    return {
      replies: replies.split(' ').slice(1),
      commands: packets.map((line): Command => [line[0]!, Buffer.from(line.slice(2), 'hex')]),
    };
  });
}

export function mutation(command: fc.Arbitrary<Command>): fc.Arbitrary<Mutation> {
  return fc.record({
    kind: fc.constantFrom('drop', 'repeat', 'swap', 'flip', 'cut', 'insert'),
    at: fc.nat(1000),
    byte: fc.nat(0xffff),
    other: command,
  });
}

export function mutate(commands: readonly Command[], mutations: readonly Mutation[]): Command[] {
  const list = [...commands];
  for (const { kind, at: place, byte, other } of mutations) {
    const at = place % Math.max(1, list.length);
    const [letter, data] = list[at] ?? other;
    switch (kind) {
      case 'drop':
        list.splice(at, 1);
        break;
      case 'repeat':
        list.splice(at, 0, [letter, data]);
        break;
      case 'swap':
        list.push(...list.splice(at, 1));
        break;
      case 'flip':
        list[at] = [
          letter,
          data.map((each, index) => (index === byte % data.length ? byte & 0xff : each)),
        ];
        break;
      case 'cut':
        list[at] = [letter, data.slice(0, byte % (data.length + 1))];
        break;
      case 'insert':
        list.splice(at, 0, other);
    }
  }
  return list;
}

import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/manager-config/read-configuration.ts';
import { startManager, type Manager } from '../../src/manager/program/manager.ts';
import { mutate, mutation, readSeeds, type Command } from './fuzz-dialogue.ts';

const directory = mkdtempSync(join(tmpdir(), 'fuzz-'));
let manager: Manager;
let server: Server;

/** Letters that a child answers one command with; the runs pick them. */
let replies: readonly string[] = ['c'];

/** How the three children are spoken to. */
const WAYS = { a: '', b: 'pipelining = yes\n', c: 'connection_reuse = yes\n' };

beforeAll(async () => {
  server = createServer(whimsical);
  await new Promise<void>((resolve) => server.listen(join(directory, 'child'), resolve));
  const text =
    `[manager]\ndetect = no\nconnection_spec = unix:${directory}/manager\nbreaker_failures = 0\n[log]\nuse_syslog = no\n` +
    (['a', 'b', 'c'] as const)
      .map(
        (name) =>
          `[milter.${name}]\nconnection_spec = unix:${directory}/child\nreading_timeout = 0.04\nend_of_message_timeout = 0.04\n${WAYS[name]}`,
      )
      .join('');
  const configuration = readConfiguration({
    text,
    path: 'ini',
    detect: () => ({ milters: [], warnings: [] }),
  });
  manager = await startManager({ configuration });
});
afterAll(async () => {
  await manager.stop(0);
  server.close();
  rmSync(directory, { recursive: true });
});

/** A child that answers with whatever letter comes next, and closes now and then. */
function whimsical(socket: Socket): void {
  let turn = 0;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at + 4 < chunk.length; at += 4 + chunk.readUInt32BE(at)) {
      const letter = String.fromCharCode(chunk[at + 4]!);
      if (letter === 'O') socket.write(Buffer.from('0000000d4f00000006000001ff00000000', 'hex'));
      else if (!'DAQK'.includes(letter)) {
        const reply = replies[turn++ % replies.length]!;
        if (reply === '!') socket.destroy();
        else if (reply === 'y') socket.write(framed(Buffer.from('y550 5.7.1 no\0')));
        else socket.write(framed(Buffer.from(reply)));
      }
    }
  });
}

function framed(body: Buffer): Buffer {
  const packet = Buffer.concat([Buffer.alloc(4), body]);
  packet.writeUInt32BE(body.length);
  return packet;
}

const OFFER = Buffer.from('0000000d4f00000006000001ff00000000', 'hex');
const ANSWERED = 'CHMRTLNBEU';
const FINAL = 'cartdsy4';

/** Packets in all for a long run; the usual one is short. */
const WANTED_PACKETS = Number(process.env.FUZZ_PACKETS ?? 0);
const LONGEST = WANTED_PACKETS > 0 ? 200 : 16;
const RUNS = WANTED_PACKETS > 0 ? Math.ceil(WANTED_PACKETS / (LONGEST / 2)) : 60;
const PATIENCE = WANTED_PACKETS > 0 ? 60 * 60 * 1000 : 30_000;

const LETTERS = ['C', 'H', 'M', 'R', 'T', 'L', 'N', 'B', 'E', 'U', 'A', 'D', 'K'] as const;
const bytes = fc.uint8Array({ maxLength: 40 });
const command = fc.tuple(fc.constantFrom(...LETTERS), bytes);

/** The bytes as the data that the command has: one that has another is refused, with all that follows. */
function layOut(letter: string, data: Uint8Array): Uint8Array {
  const text = Buffer.from(data.filter((byte) => byte !== 0)).toString('latin1');
  switch (letter) {
    case 'C':
      return Buffer.from(`${text}\x004\x00\x19192.0.2.1\0`, 'latin1');
    case 'L':
      return Buffer.from(`X${text}\0${text}\0`, 'latin1');
    case 'D':
      return Buffer.from(`${text[0] ?? 'M'}i\0${text}\0`, 'latin1');
    case 'H':
    case 'U':
    case 'M':
    case 'R':
      return Buffer.from(`${text}\0`, 'latin1');
    case 'B':
    case 'E':
      return data;
    default:
      return Buffer.alloc(0);
  }
}
const wellFormed = command.map(([letter, data]): Command => [letter, layOut(letter, data)]);
/** Dialogues as they happen, and what was done to them. */
const mutated = fc
  .tuple(fc.constantFrom(...readSeeds()), fc.array(mutation(command), { maxLength: 12 }))
  .map(([seed, mutations]) => mutate(seed.commands, mutations));
const dialogue = fc.oneof(
  { weight: 3, arbitrary: fc.array(wellFormed, { maxLength: LONGEST }) },
  { weight: 1, arbitrary: fc.array(command, { maxLength: LONGEST }) },
  { weight: 2, arbitrary: mutated },
);
const letters = fc.array(
  fc.constantFrom('c', 'c', 'c', 'a', 'r', 't', 'd', 's', 'y', 'p', 'h', '!', 'Z'),
  { minLength: 1, maxLength: 12 },
);

describe('any order of commands, whatever the children answer', () => {
  it(
    'gets exactly one reply to each',
    async () => {
      await fc.assert(
        fc.asyncProperty(dialogue, letters, fc.nat(7), async (commands, answers, cut) => {
          replies = answers;
          const bytes = Buffer.concat([
            OFFER,
            ...commands.map(([letter, data]) => framed(Buffer.concat([Buffer.from(letter), data]))),
          ]);
          const wanted = commands.filter(([letter]) => ANSWERED.includes(letter)).length;
          expect(await repliesTo(bytes, wanted, cut + 1)).toBe(wanted);
        }),
        {
          numRuns: RUNS,
          endOnFailure: true,
          examples: readSeeds().map(({ commands, replies: its }) => [[...commands], [...its], 3]),
        },
      );
    },
    PATIENCE,
  );

  it('or garbage leaves the manager serving', async () => {
    replies = ['c'];
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.boolean(),
        async (garbage, negotiated) => {
          await send(Buffer.concat([negotiated ? OFFER : Buffer.alloc(0), garbage]));
        },
      ),
      { numRuns: 100 },
    );
    expect(await repliesTo(Buffer.concat([OFFER, framed(Buffer.from('Hx\0'))]), 1, 100)).toBe(1);
    expect(manager.openSessions).toBeLessThan(5);
  }, 30_000);
});

/** Sends bytes in pieces; counts the final replies until as many as wanted came, and a little longer. */
function repliesTo(bytes: Buffer, wanted: number, piece: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(directory, 'manager'));
    let pending = Buffer.alloc(0);
    let count = 0;
    const finish = (): void => {
      clearTimeout(patience);
      socket.destroy();
      resolve(count);
    };
    const patience = setTimeout(finish, 20_000);
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
        if (FINAL.includes(String.fromCharCode(pending[4]!))) count += 1;
        pending = pending.subarray(4 + pending.readUInt32BE(0));
      }
      if (count >= wanted) setTimeout(finish, 5);
    });
    for (let at = 0; at < bytes.length; at += piece * 8)
      socket.write(bytes.subarray(at, at + piece * 8));
    if (wanted === 0) setTimeout(finish, 5);
  });
}

function send(bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(join(directory, 'manager'));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
    socket.end(bytes);
  });
}

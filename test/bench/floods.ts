/**
 * `npm run bench -- floods`: what one session can do to the others. A child asks for far too much, or the MTA does, and
 * the table tells how long another session waited for an answer meanwhile, and what the manager grew to.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMFIC, SMFIP, SMFIR } from '../../src/protocol/constants.ts';
import { headerPacket, indexedHeaderPacket } from '../../src/protocol/headers.ts';
import { encodeNegotiation, stepsOfVersion } from '../../src/protocol/negotiation.ts';
import { PacketReader } from '../../src/protocol/packet-reader.ts';
import { cstring, packet } from '../../src/protocol/packet-writer.ts';
import { memoryKilobytes } from './process-usage.ts';
import { appear, start } from './subjects.ts';

interface Flood {
  /** What the child says so often before its answer to the end of the message. */
  readonly said: Buffer;
  readonly times: number;
  /** Headers of the mail. */
  readonly headers?: number;
  /** The MTA reads nothing. */
  readonly deaf?: boolean;
  /** The name of the client's host. */
  readonly host?: string;
}

const X = { name: 'X', value: Buffer.from('1') };
const removal = indexedHeaderPacket(SMFIR.CHGHEADER, 1, { name: 'X', value: Buffer.alloc(0) });

const FLOODS: Readonly<Record<string, Flood>> = {
  'nothing (for comparison)': { said: removal, times: 1, headers: 10 },
  '4,990 removals of one name': { said: removal, times: 4990, headers: 4990 },
  '50,000 inserted headers': { said: indexedHeaderPacket(SMFIR.INSHEADER, 1, X), times: 50_000 },
  '1,000,000 added headers': { said: headerPacket(SMFIR.ADDHEADER, X), times: 1_000_000 },
  '4,000,000 short added headers': { said: headerPacket(SMFIR.ADDHEADER, X), times: 4_000_000 },
  '6,000,000 empty ADDRCPT': { said: packet(SMFIR.ADDRCPT), times: 6_000_000 },
  '8,000,000 PROGRESS, MTA deaf': { said: packet(SMFIR.PROGRESS), times: 8_000_000, deaf: true },
  'S25R on a name of 64 KB': { said: removal, times: 1, host: '1a'.repeat(32_000) },
};

const OFFER = encodeNegotiation({
  version: 6,
  actions: 0x1ff,
  steps: stepsOfVersion(6),
  macros: new Map(),
});
const LARGEST_PACKET = 1024 * 1024;
/** Seconds after which a flood counts as endless. */
const PATIENCE = 60;
/** Milliseconds between two questions of the session that waits. */
const PAUSE = 2;
const ANSWERS = 'cartdy';

/** @param word of those that are wanted; all where not given */
export async function measureFloods([word = '']: readonly string[]): Promise<void> {
  process.stdout.write(`${row('flood', 'answer', 'seconds', 'others ms', 'peak MB')}\n`);
  for (const [name, flood] of Object.entries(FLOODS))
    if (name.includes(word)) process.stdout.write(await one(name, flood));
}

async function one(name: string, flood: Flood): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'floods-'));
  const program = join(process.argv[1]!, '..', 'milter-manager.cjs');
  const child = start(process.execPath, [process.argv[1]!, 'flood', name, directory]);
  await appear(join(directory, 'b'));
  mkdirSync(join(directory, 'manager'));
  const sections = ['a', 'b'].map(
    (each) =>
      `[milter.${each}]\nconnection_spec = unix:${directory}/${each}\nafter = ${each === 'b' ? 'a' : ''}\n` +
      `applicable_conditions = ${flood.host === undefined ? '' : 'S25R'}\n`,
  );
  writeFileSync(
    join(directory, 'milter-manager.ini'),
    `[manager]\ndetect = no\nconnection_spec = unix:${directory}/socket\n[log]\nuse_syslog = no\npath = ${directory}/log\n${sections.join('')}`,
  );
  const manager = start(process.execPath, [program, '-c', directory, '--no-daemon']);
  try {
    await appear(join(directory, 'socket'));
    const waits = new Waits(join(directory, 'socket'));
    await waits.ready;
    const began = performance.now();
    const answer = await attack(join(directory, 'socket'), flood);
    const seconds = (performance.now() - began) / 1000;
    await sleep(200);
    const most = waits.end();
    const peak = memoryKilobytes([manager.pid], 'VmHWM') / 1024;
    return `${row(name, answer, seconds.toFixed(2), most.toFixed(0), peak === 0 ? 'died' : peak.toFixed(0))}\n`;
  } finally {
    await Promise.all([manager.stop(), child.stop()]);
    rmSync(directory, { recursive: true });
  }
}

function row(...[name, ...figures]: readonly string[]): string {
  return name!.padEnd(32) + figures.map((each) => each.padStart(10)).join('');
}

/** A session that asks without end, and how long it had to wait at most. */
class Waits {
  readonly ready: Promise<void>;
  private most = 0;
  private asked = 0;
  private over = false;

  constructor(path: string) {
    const socket = connect(path);
    socket.on('error', () => undefined);
    socket.write(OFFER);
    this.ready = new Promise((resolve) => socket.once('data', () => resolve()));
    void this.ready.then(() => {
      const ask = (): void => {
        this.asked = performance.now();
        socket.write(packet(SMFIC.UNKNOWN, cstring('XFOO')));
      };
      socket.on('data', () => {
        this.most = Math.max(this.most, performance.now() - this.asked);
        if (this.over) socket.destroy();
        else setTimeout(ask, PAUSE);
      });
      ask();
    });
  }

  /** @returns milliseconds */
  end(): number {
    this.over = true;
    return Math.max(this.most, performance.now() - this.asked - PAUSE);
  }
}

/** Plays the mail; gives the letter of the answer to its end, or what became of it. */
function attack(
  path: string,
  { headers = 0, deaf = false, host = 'a.example' }: Flood,
): Promise<string> {
  const socket = connect(path);
  const content = Array.from({ length: headers }, () => headerPacket(SMFIC.HEADER, X));
  const parts = [
    packet(SMFIC.CONNECT, cstring(host), '4\x00\x19', cstring('192.0.2.1')),
    packet(SMFIC.MAIL, cstring('<flood@example.org>')),
    packet(SMFIC.RCPT, cstring('<b@example.net>')),
    packet(SMFIC.DATA),
    // The manager answers no content before its end (SMFIP_NR_HDR and others).
    Buffer.concat([...content, packet(SMFIC.EOH), packet(SMFIC.BODYEOB)]),
  ];
  socket.write(OFFER);
  return new Promise((resolve) => {
    const timer = setTimeout(() => end('endless'), PATIENCE * 1000);
    const end = (answer: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.on('error', () => undefined);
    socket.on('close', () => end('closed'));
    socket.once('data', () => {
      const next = (): void => {
        const whole = parts.shift();
        if (whole) socket.write(whole);
        if (parts.length === 0 && deaf) {
          socket.pause();
          setTimeout(() => end('(deaf)'), 15_000);
        }
      };
      socket.on('data', (chunk: Buffer) => {
        const letter = String.fromCharCode(chunk.at(-1)!);
        if (parts.length === 0) {
          if (chunk.at(-5) === 0 && chunk.at(-2) === 1 && ANSWERS.includes(letter)) end(letter);
          return;
        }
        if (letter === 'c') next();
        else end(letter);
      });
      next();
    });
  });
}

/** The child: it says what the flood says, in the session whose sender asks for it. */
export function floodChild([name, directory]: readonly string[]): Promise<never> {
  const flood = FLOODS[name!]!;
  const negotiation = encodeNegotiation({
    version: 6,
    actions: 0x1ff,
    steps: SMFIP.NOUNKNOWN,
    macros: new Map(),
  });
  for (const each of ['a', 'b'])
    createServer((socket) => {
      const reader = new PacketReader(LARGEST_PACKET);
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk: Buffer) => {
        for (const { command } of reader.push(chunk)) {
          if (command === SMFIC.OPTNEG) socket.write(negotiation);
          else if (command === SMFIC.BODYEOB && each === 'a') void say(socket, flood);
          else if (
            ![SMFIC.MACRO, SMFIC.ABORT, SMFIC.QUIT, SMFIC.QUIT_NC].includes(command as never)
          )
            socket.write(packet(SMFIR.CONTINUE));
        }
      });
    }).listen(join(directory!, each));
  return new Promise(() => undefined);
}

async function say(socket: Socket, { said, times }: Flood): Promise<void> {
  const AT_ONCE = 10_000;
  for (let left = times; left > 0 && !socket.destroyed; left -= AT_ONCE) {
    const bytes = Buffer.concat(Array.from({ length: Math.min(left, AT_ONCE) }, () => said));
    if (!socket.write(bytes))
      await new Promise<void>((resolve) => {
        const goOn = (): void => {
          socket.off('drain', goOn).off('close', goOn);
          resolve();
        };
        socket.on('drain', goOn).on('close', goOn);
      });
  }
  socket.write(packet(SMFIR.CONTINUE));
}

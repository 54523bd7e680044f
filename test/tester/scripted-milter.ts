/** A milter that says what it is told, on a real socket. Its bytes are made here, apart from src/protocol. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionSpec } from '../../src/protocol/connection-spec.ts';

/** What to do on a command: say bytes, close the connection, or say nothing. */
export type Action = Buffer | 'close' | 'silence';

/** By the command's letter; a list is for its first, second... use, the last of it for all later ones. */
export type Script = Readonly<Record<string, Action | readonly Action[]>>;

export interface ScriptedMilter {
  readonly spec: ConnectionSpec;
  /** Each packet received, as its letter and its data in latin1. */
  readonly received: string[];
  /** Number of connections so far. */
  connections(): number;
  close(): Promise<void>;
}

/** `y`, `550 5.7.1 no\0` -> a packet. */
export function say(letter: string, data = ''): Buffer {
  const bytes = Buffer.from(`....${letter}${data}`, 'latin1');
  bytes.writeInt32BE(bytes.length - 4, 0);
  return bytes;
}

/** An answer to the negotiation; macro lists as they are on the wire. */
export function agree(version: number, actions: number, steps: number, lists = ''): Buffer {
  const numbers = [version, actions, steps].map((each) => each.toString(16).padStart(8, '0'));
  return say('O', Buffer.from(numbers.join(''), 'hex').toString('latin1') + lists);
}

/** A milter that lets everything pass, except for what the script says. M, D, A, K and Q are as the protocol wants them. */
export const LETS_PASS: Script = {
  O: agree(6, 0x1ff, 0),
  D: 'silence',
  A: 'silence',
  K: 'silence',
  Q: 'close',
};

export async function scriptedMilter(
  script: Script,
  write: (socket: Socket, bytes: Buffer) => void = (socket, bytes) => socket.write(bytes),
): Promise<ScriptedMilter> {
  const directory = mkdtempSync(join(tmpdir(), 'scripted-milter-'));
  const path = join(directory, 's');
  const received: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const whole: Script = { ...LETS_PASS, ...script };
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    const uses = new Map<string, number>();
    let pending = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const end = 4 + pending.readInt32BE(0);
        const text = pending.toString('latin1', 4, end);
        pending = pending.subarray(end);
        received.push(text);
        const letter = text.charAt(0);
        const use = uses.get(letter) ?? 0;
        uses.set(letter, use + 1);
        const listed = whole[letter] ?? say('c');
        const actions = Array.isArray(listed) ? (listed as readonly Action[]) : [listed as Action];
        const action = actions[Math.min(use, actions.length - 1)]!;
        if (action === 'close') socket.end();
        else if (action !== 'silence') write(socket, action);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    spec: { kind: 'unix', path },
    received,
    connections: () => connections,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

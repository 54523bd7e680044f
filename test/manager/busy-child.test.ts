import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/manager-config/read-configuration.ts';
import { startManager } from '../../src/manager/program/manager.ts';

const OFFER = Buffer.from('0000000d4f00000006000001ff00000000', 'hex');
const HELO = Buffer.from('000000034878' + '00', 'hex');

/** A child with room for two waiting connections that accepts none for a while. */
const SLOW_TO_ACCEPT = `
  const server = require('node:net').createServer((socket) => socket.on('data', (chunk) => {
    for (let at = 0; at < chunk.length; at += 4 + chunk.readUInt32BE(at)) {
      const letter = String.fromCharCode(chunk[at + 4]);
      if (letter === 'O') socket.write(Buffer.from('0000000d4f000000060000000000000000', 'hex'));
      else if (letter !== 'Q') socket.write(Buffer.from('0000000163', 'hex'));
    }
  }));
  server.listen({ path: process.argv[1], backlog: 1 }, () => {
    require('node:fs').writeSync(1, 'listening');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
  });
`;

let directory = '';
let child: ChildProcess;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'busy-'));
  const started = spawn(process.execPath, ['-e', SLOW_TO_ACCEPT, join(directory, 'child')]);
  child = started;
  // Its socket is there before it listens: who connects between the two is refused, which is no backlog.
  await once(started.stdout, 'data');
});
afterEach(() => {
  child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

interface Answered {
  readonly letter: string;
  readonly seconds: number;
}

/** The letter of the manager's reply to HELO. */
function answerToHelo(): Promise<Answered> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect(join(directory, 'manager'));
    let heard = '';
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      if (heard === '') socket.write(HELO);
      heard += chunk.toString('latin1');
      if (heard.length < 22) return;
      resolve({ letter: heard.at(-1)!, seconds: (performance.now() - began) / 1000 });
      socket.destroy();
    });
    socket.write(OFFER);
  });
}

describe('a child with too many connections waiting', () => {
  it('is waited for: its backlog is no reason for its fallback', async () => {
    const answers = await answersUnder('');
    expect(answers.map(({ letter }) => letter).join('')).toBe('c'.repeat(20));
  });

  it('is waited for no longer than connection_timeout', async () => {
    const answers = await answersUnder('connection_timeout = 0.2\n');
    const refused = answers.filter(({ letter }) => letter === 'r');
    expect(refused.length).toBeGreaterThan(10);
    for (const { seconds } of refused) {
      expect(seconds).toBeGreaterThan(0.19);
      expect(seconds).toBeLessThan(0.6);
    }
  });
});

/** Of 20 sessions at once. */
async function answersUnder(setting: string): Promise<readonly Answered[]> {
  const configuration = readConfiguration({
    text: `[manager]\ndetect = no\nconnection_spec = unix:${directory}/manager\nbreaker_failures = 0\n[log]\nuse_syslog = no\n[milter.a]\nconnection_spec = unix:${directory}/child\nfallback_status = reject\n${setting}`,
    path: 'ini',
    detect: () => ({ milters: [], warnings: [] }),
  });
  const manager = await startManager({ configuration });
  try {
    return await Promise.all(Array.from({ length: 20 }, answerToHelo));
  } finally {
    await manager.stop(0);
  }
}

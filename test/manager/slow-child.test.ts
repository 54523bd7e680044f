/** A child that takes nothing, or nobody: how long it is waited for, and how much is kept for it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfiguration } from '../../src/manager-config/read-configuration.ts';
import { startManager } from '../../src/manager/program/manager.ts';
import { framed } from './mail-player.ts';

/** Version 6; it answers nothing but the end of a message (NR_...). */
const NO_REPLIES = Buffer.from('0000000d4f00000006000001ff000fd080', 'hex');
const CHUNK = framed(`B${'x'.repeat(65535)}`);
const CHUNKS = 200;

let directory = '';
let server: Server;
let child: Socket | undefined;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'slow-'));
  server = createServer((socket) => {
    child = socket;
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.pause();
      socket.write(NO_REPLIES);
    });
  });
  await new Promise<void>((resolve) => server.listen(join(directory, 'child'), resolve));
});
afterEach(() => {
  child?.destroy();
  server.close();
  rmSync(directory, { recursive: true });
});

it('that stops reading holds the MTA back, and counts with its fallback after writing_timeout', async () => {
  const manager = await startManager({
    configuration: readConfiguration({
      text: `[manager]\ndetect = no\nconnection_spec = unix:${directory}/manager\nmax_queue = 256k\n[log]\nuse_syslog = no\n[milter.a]\nconnection_spec = unix:${directory}/child\nwriting_timeout = 0.6\nfallback_status = reject\n`,
      path: 'ini',
      detect: () => ({ milters: [], warnings: [] }),
    }),
  });
  const mta = connect(join(directory, 'manager'));
  try {
    const heard = () => new Promise<Buffer>((resolve) => mta.once('data', resolve));
    mta.write(Buffer.from('0000000d4f00000006000001ff001fffff', 'hex'));
    await heard();
    for (let chunk = 0; chunk < CHUNKS; chunk += 1) mta.write(CHUNK);
    mta.write(framed('E'));
    const began = performance.now();
    await sleep(300);
    // Of 13 MB no more was taken than max_queue and what sockets and one read hold.
    expect(mta.writableLength).toBeGreaterThan(10 * 1024 * 1024);
    expect((await heard()).toString('latin1', 4)).toBe('r');
    const seconds = (performance.now() - began) / 1000;
    expect(seconds).toBeGreaterThan(0.5);
    expect(seconds).toBeLessThan(3);
  } finally {
    mta.destroy();
    await manager.stop(0);
  }
});

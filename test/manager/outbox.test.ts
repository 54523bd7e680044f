import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Outbox } from '../../src/manager/gate/outbox.ts';
import { afterThisFile } from '../cleanup.ts';

it('tells when the kernel has all of it, however little had to wait', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'outbox-'));
  afterThisFile(() => rmSync(directory, { recursive: true }));
  const server = createServer({ pauseOnConnect: true }).listen(join(directory, 'socket'));
  afterThisFile(() => server.close());
  await once(server, 'listening');
  const socket = connect(join(directory, 'socket'));
  afterThisFile(() => socket.destroy());
  const [[peer]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [
    [Socket],
    unknown,
  ];
  const lengths: number[] = [];
  const outbox = new Outbox(socket, () => lengths.push(outbox.unwritten));
  // Nobody reads: at some point the kernel leaves a packet waiting that is too small for a `drain` event.
  while (socket.writableLength === 0) {
    outbox.push(Buffer.alloc(1000));
    outbox.flush();
  }
  expect(socket.writableNeedDrain).toBe(false);
  await new Promise(setImmediate);
  const before = lengths.length;
  peer.resume();
  await expect.poll(() => lengths.length).toBeGreaterThan(before);
  expect(outbox.unwritten).toBe(0);
  expect(new Set(lengths)).toEqual(new Set([0]));
});

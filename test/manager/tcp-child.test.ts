import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readConfiguration } from '../../src/manager-config/read-configuration.ts';
import { startManager } from '../../src/manager/program/manager.ts';
import { framed } from './mail-player.ts';

const CHUNKS = 100;

it('a child on TCP gets a body without a wait between its packets (0.10: 45 ms each)', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tcp-'));
  let bodies = 0;
  const child = createServer((socket) => {
    let pending = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
        const letter = String.fromCharCode(pending[4]!);
        pending = pending.subarray(4 + pending.readUInt32BE(0));
        if (letter === 'B') bodies += 1;
        if (letter === 'O') socket.write(Buffer.from('0000000d4f00000006000001ff00000000', 'hex'));
        else if (!'DAQK'.includes(letter)) socket.write(framed('c'));
      }
    });
  });
  await new Promise<void>((resolve) => child.listen(0, '127.0.0.1', resolve));
  const { port } = child.address() as AddressInfo;
  const manager = await startManager({
    configuration: readConfiguration({
      text: `[manager]\ndetect = no\nconnection_spec = unix:${directory}/manager\n[log]\nuse_syslog = no\n[milter.a]\nconnection_spec = inet:${port}@127.0.0.1\n`,
      path: 'ini',
      detect: () => ({ milters: [], warnings: [] }),
    }),
  });
  const mta = connect(join(directory, 'manager'));
  const heard = () => new Promise<Buffer>((resolve) => mta.once('data', resolve));
  mta.write(Buffer.from('0000000d4f00000006000001ff001fffff', 'hex'));
  await heard();
  const began = performance.now();
  const chunk = framed(`B${'x'.repeat(8192)}`);
  mta.write(Buffer.concat([...Array<Buffer>(CHUNKS).fill(chunk), framed('E')]));
  expect((await heard()).toString('latin1', 4)).toBe('c');
  const each = (performance.now() - began) / CHUNKS;
  expect(bodies).toBe(CHUNKS);
  // The child answers each packet, and the manager waits for it: no acknowledgement that is 40 ms late may be among it.
  expect(each).toBeLessThan(20);
  mta.destroy();
  await manager.stop(0);
  child.close();
  rmSync(directory, { recursive: true });
});

/** What one child's connection keeps from one mail to the next: nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Child } from '../../src/manager/child/child.ts';
import type { Reply } from '../../src/manager/child/reply.ts';

const LIMIT = 5000;
const LIMITS = {
  connection: LIMIT,
  writing: LIMIT,
  reading: LIMIT,
  endOfMessage: LIMIT,
  modifications: { max_modifications: 1000, max_modification_count: 10 },
};
const OPTNEG = Buffer.from('0000000d4f00000006000001ff00000000', 'hex');
const EOM = Buffer.from('0000000145', 'hex');
const CONTINUE = Buffer.from('0000000163', 'hex');
const ADDHEADER = Buffer.from('000000056858007900', 'hex');
const PROGRESS = Buffer.from('0000000170', 'hex');
const END_OF_MESSAGE = 'E'.charCodeAt(0);

it('a mail given up at its end leaves nothing of what the child wanted changed to the next', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'child-'));
  const path = join(directory, 'socket');
  let milter: Socket | undefined;
  const heard: string[] = [];
  const server = createServer((socket) => {
    milter = socket;
    socket.on('data', (chunk) => {
      heard.push(chunk.toString('latin1'));
      if (heard.length === 1) socket.write(OPTNEG);
      if (heard.length === 2) socket.write(Buffer.concat([ADDHEADER, PROGRESS]));
      if (heard.length > 2 && heard.at(-1)!.endsWith('E')) socket.write(CONTINUE);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    let progressed: () => void = () => {};
    const child = new Child(
      (received) => connect(path).on('data', received),
      LIMITS,
      false,
      { answersOn: undefined },
      {
        progressed: () => progressed(),
        drained: () => {},
        skipped: () => {},
        spoke: () => {},
        faulted: () => {},
      },
    );
    await new Promise((resolve) => child.negotiate(OPTNEG, resolve));
    const wanted = new Promise<void>((resolve) => (progressed = resolve));
    child.ask(END_OF_MESSAGE, EOM, false, () => {});
    await wanted;
    child.abort();
    const next = new Promise<Reply>((resolve) => child.ask(END_OF_MESSAGE, EOM, false, resolve));
    milter!.write(CONTINUE);
    expect(await next).toMatchObject({ answer: { status: 'continue' }, modifications: [] });
    child.quit();
  } finally {
    milter?.destroy();
    server.close();
    rmSync(directory, { recursive: true });
  }
});

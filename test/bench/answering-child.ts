/** The built-in child: says CONTINUE to everything at once. Slower than the one in C. */
import { createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { SMFIC, SMFIR } from '../../src/protocol/constants.ts';
import { encodeNegotiation } from '../../src/protocol/negotiation.ts';
import { parseConnectionSpec } from '../../src/protocol/connection-spec.ts';
import { PacketReader } from '../../src/protocol/packet-reader.ts';
import { packet } from '../../src/protocol/packet-writer.ts';

const LARGEST_PACKET = 1024 * 1024;
const CONTINUE = packet(SMFIR.CONTINUE);
const NEGOTIATION = encodeNegotiation({ version: 6, actions: 0, steps: 0, macros: new Map() });
const UNANSWERED: ReadonlySet<number> = new Set<number>([SMFIC.MACRO, SMFIC.ABORT, SMFIC.QUIT_NC]);

/** Serves the sockets of its command line (`-s SPEC`, several) until it is killed. */
export function answerAll(argv: readonly string[]): Promise<never> {
  const { values } = parseArgs({
    args: [...argv],
    options: { spec: { type: 'string', short: 's', multiple: true, default: [] } },
  });
  for (const text of values.spec) {
    const spec = parseConnectionSpec(text);
    const server = createServer((socket) => {
      const reader = new PacketReader(LARGEST_PACKET);
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk: Buffer) => {
        const replies: Buffer[] = [];
        for (const { command } of reader.push(chunk)) {
          if (command === SMFIC.OPTNEG) replies.push(NEGOTIATION);
          else if (command === SMFIC.QUIT) socket.end();
          else if (!UNANSWERED.has(command)) replies.push(CONTINUE);
        }
        if (replies.length > 0) socket.write(Buffer.concat(replies));
      });
    });
    if (spec.kind === 'unix') server.listen(spec.path);
    else server.listen(spec.port, spec.host);
  }
  return new Promise(() => undefined);
}

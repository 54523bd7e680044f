/** The milter kit, spoken to with bytes written by hand. */

import { once } from 'node:events';
import { createServer, connect, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { serve, type Milter } from '../../src/demo/milter.ts';
import { TextFinder } from '../../src/demo/text-finder.ts';

const RECORDS: string[] = [];

/** Notes what it is told; has a handler for HELO, MAIL, header and the end. */
const RECORDER: Milter = {
  name: 'recorder',
  actions: 0x01,
  silent: 0x80,
  begin: () => ({
    helo: (name) => {
      RECORDS.push(name);
      return name === 'bad' ? { reply: '550 5.7.1 no' } : undefined;
    },
    from: (sender) => (sender === '<drop@x>' ? 'discard' : 'accept'),
    header: (name, value) => {
      RECORDS.push(`${name}=${value}`);
      return undefined;
    },
    endOfMessage: (changes) => {
      changes.addHeader('X-A', 'b');
      return 'continue';
    },
  }),
};

/** Sends the hex, gives all that came back as hex, once the milter closed. */
async function answers(hex: string, pieces = 1): Promise<string> {
  const server = createServer((socket) => {
    serve(RECORDER, socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  const bytes = Buffer.from(hex, 'hex');
  const size = Math.ceil(bytes.length / pieces);
  for (let at = 0; at < bytes.length; at += size) {
    socket.write(bytes.subarray(at, at + size));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await once(socket, 'close');
  server.close();
  return Buffer.concat(received).toString('hex');
}

const OFFER = '0000000d' + '4f' + '00000006' + '000001ff' + '001fffff';
/** Version 6, add headers; no CONNECT, RCPT, body, end of header, unknown, DATA; no reply to headers. */
const AGREED = '0000000d' + '4f' + '00000006' + '00000001' + '000003d9';
const QUIT = '00000001' + '51';
const CONTINUE = '00000001' + '63';

describe('the kit', () => {
  test.each([1, 5, 30])(
    'negotiates by what is handled, and answers; in %i pieces',
    async (pieces) => {
      RECORDS.length = 0;
      const helo = '00000004' + '48' + '6d7800';
      const header = '00000007' + '4c' + '5800' + 'e4ff2000';
      const end = '00000001' + '45';
      const got = await answers(OFFER + helo + header + end + QUIT, pieces);
      const added = '00000007' + '68' + '582d4100' + '6200';
      expect(got).toBe(AGREED + CONTINUE + added + CONTINUE);
      expect(RECORDS).toEqual(['mx', 'X=\xe4\xff ']);
    },
  );

  test('replies, discards, accepts; keeps silent at MACRO and ABORT', async () => {
    const bad = '00000005' + '48' + '62616400';
    const macro = '00000003' + '44' + '4d00';
    const drop = '0000000a' + '4d' + Buffer.from('<drop@x>\0').toString('hex');
    const abort = '00000001' + '41';
    const other = '00000005' + '4d' + Buffer.from('<x>\0').toString('hex');
    const got = await answers(OFFER + bad + macro + drop + abort + other + QUIT);
    const reply = '0000000e' + '79' + Buffer.from('550 5.7.1 no\0').toString('hex');
    expect(got).toBe(AGREED + reply + '0000000164' + '0000000161');
  });

  test('answers headers of an MTA that did not offer to go without', async () => {
    const offer = '0000000d' + '4f' + '00000002' + '0000003f' + '0000007f';
    const agreed = '0000000d' + '4f' + '00000002' + '00000001' + '00000059';
    const header = '00000005' + '4c' + '58005900';
    expect(await answers(offer + header + QUIT)).toBe(agreed + CONTINUE);
  });

  test.each([
    ['length 0', '00000000'],
    ['a length of 2 GB', '7fffffff'],
    ['an unknown command', '00000001' + '7a'],
    ['an MTA that lets it add no header', '0000000d' + '4f' + '00000006' + '00000000' + '00000000'],
    ['a header without end', '00000002' + '4c' + '58'],
  ])('closes on %s', async (_, hex) => {
    expect(await answers(hex)).toBe('');
  });
});

test('a text is found wherever its bytes are cut, and only if it is there', () => {
  const pieces = fc.array(fc.constantFrom('a', 'b', 'ab', 'aab', 'abaab', ''), { maxLength: 12 });
  fc.assert(
    fc.property(pieces, (chunks) => {
      const finder = new TextFinder(Buffer.from('abaab'));
      for (const chunk of chunks) finder.take(Buffer.from(chunk));
      expect(finder.found).toBe(chunks.join('').includes('abaab'));
    }),
    { numRuns: 500 },
  );
});

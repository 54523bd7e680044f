/** However the bytes of a milter are cut on their way, the result is the same. */

import type { Socket } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { playMail } from '../../src/tester/play.ts';
import type { Result } from '../../src/tester/result.ts';
import { createMail, header } from '../../src/tester/mail.ts';
import { agree, say, type Script } from './scripted-milter.ts';
import { withMilter } from './with-milter.ts';

const MAIL = createMail({ queueId: '1', headers: [header('Subject', 'x')], body: ['b\r\n'] });

/** Several packets at one point; and bytes after which nothing can be understood. */
const SCRIPTS: readonly Script[] = [
  {
    O: agree(6, 0x1ff, 0, '\0\0\0\x02j {mail_addr}\0'),
    E: Buffer.concat([
      say('p'),
      say('h', 'X-A\0b\0'),
      say('i', '\0\0\0\0X-B\0c\0'),
      say('b', 'body'),
      say('y', '550-5.7.1 one\r\n550 5.7.1 two\0'),
    ]),
  },
  { E: Buffer.concat([say('q', 'reason\0'), say('c')]) },
  // The refusal counts: it was said before the garbage.
  { M: Buffer.concat([say('r'), Buffer.alloc(4)]) },
  { H: Buffer.concat([say('p'), Buffer.from('ffffffff', 'hex'), say('c')]) },
];

function timeless({ elapsedMilliseconds, answers, ...rest }: Result) {
  expect(elapsedMilliseconds).toBeGreaterThan(0);
  return {
    ...rest,
    answers: answers.map(({ milliseconds, ...answer }) => [answer, milliseconds >= 0]),
  };
}

/** Writes in pieces of these lengths, over and over, each in a turn of its own. */
function inPieces(lengths: readonly number[]): (socket: Socket, bytes: Buffer) => void {
  return (socket, bytes) => {
    const pieces: Buffer[] = [];
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const length = lengths[turn % lengths.length]!;
      pieces.push(bytes.subarray(at, at + length));
      at += length;
    }
    const next = () => {
      const piece = pieces.shift();
      if (piece === undefined || socket.destroyed) return;
      socket.write(piece);
      setImmediate(next);
    };
    next();
  };
}

test.each(SCRIPTS.map((script, index) => [index, script] as const))(
  'script %i',
  async (_, script) => {
    const whole = await withMilter(script, (milter) => playMail(milter.spec, MAIL));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 }),
        async (lengths) => {
          const cut = await withMilter(
            script,
            (milter) => playMail(milter.spec, MAIL),
            inPieces(lengths),
          );
          expect(timeless(cut)).toEqual(timeless(whole));
        },
      ),
      { numRuns: 25 },
    );
  },
);

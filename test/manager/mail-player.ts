/** Plays mails to a milter socket, one packet and one reply at a time, and tells the letters that it was answered. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A reply that does not come in this many milliseconds does not come. */
const PATIENCE = 8000;

export const OFFER = Buffer.from('0000000d4f00000006000001ff00000000', 'hex');
export const MAIL: readonly Buffer[] = [
  'Cmx.example\x004\x00\x19203.0.113.1\0',
  'Hmx.example\0',
  'M<a@example.org>\0',
  'R<b@example.net>\0',
  'T',
  'LSubject\0test\0',
  'N',
  `B${'text\r\n'.repeat(2000)}`,
  'E',
].map(framed);
const FINAL = 'cartdsyf4';

export function framed(text: string): Buffer {
  const packet = Buffer.alloc(4 + text.length);
  packet.writeUInt32BE(text.length);
  packet.write(text, 4, 'latin1');
  return packet;
}

/**
 * One session that goes away without waiting for an answer: those before have come.
 * @param at the packet whose answer it does not wait for
 * @param beforeIt called when the packets before are answered
 */
export async function vanishAfter(
  path: string,
  at: number,
  beforeIt: () => unknown,
): Promise<void> {
  const socket = connect(path);
  socket.on('error', () => undefined);
  const answered = (): Promise<unknown> =>
    once(socket, 'data', { signal: AbortSignal.timeout(PATIENCE) });
  socket.write(OFFER);
  await answered();
  for (const each of MAIL.slice(0, at)) {
    socket.write(each);
    await answered();
  }
  await beforeIt();
  socket.write(MAIL[at]!);
  await sleep(30);
  socket.destroy();
}

/**
 * One session with one mail. Gives a letter for each reply; the last is not `c` where the mail did not pass.
 * @param vanishAt the MTA goes away after so many packets, without a word
 * @throws where a reply does not come, or the manager closes
 */
export function playMail(path: string, vanishAt = Infinity): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const patience = setTimeout(() => end(new Error(`no reply after "${letters}"`)), PATIENCE);
    let letters = '';
    let pending = Buffer.alloc(0);
    const end = (error?: Error): void => {
      clearTimeout(patience);
      socket.destroy();
      if (error) reject(error);
      else resolve(letters);
    };
    const answered = (letter: string): void => {
      if (letter === 'O' || letter === 'c') {
        if (letter === 'c') letters += letter;
        const next = MAIL[letters.length];
        if (letters.length >= vanishAt || next === undefined) end();
        else socket.write(next);
      } else if (FINAL.includes(letter)) {
        letters += letter;
        end();
      }
    };
    socket.on('error', end);
    socket.on('close', () => end(new Error(`closed after "${letters}"`)));
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
        const letter = String.fromCharCode(pending[4]!);
        pending = pending.subarray(4 + pending.readUInt32BE(0));
        answered(letter);
      }
    });
    socket.write(OFFER);
  });
}

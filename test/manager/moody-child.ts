/**
 * A child milter, a program of its own so that it can be killed and stopped. It listens on the path that it is given and
 * says CONTINUE, or does what it is told on its standard input: `continue`, `garbage`, `half-close`, `delay`, `close`.
 */
import { createServer, type Socket } from 'node:net';

const NEGOTIATION = Buffer.from('0000000d4f00000006000001ff00000000', 'hex');
const CONTINUE = Buffer.from('0000000163', 'hex');
const GARBAGE = Buffer.from('ffffffff00deadbeef', 'hex');

let mood = 'continue';
process.stdin.on('data', (text) => (mood = String(text).trim()));

function answer(socket: Socket): void {
  if (mood === 'garbage') socket.write(GARBAGE);
  else if (mood === 'half-close') socket.end();
  else if (mood === 'close') socket.destroy();
  else if (mood === 'delay') setTimeout(() => socket.writable && socket.write(CONTINUE), 2000);
  else socket.write(CONTINUE);
}

createServer({ allowHalfOpen: true }, (socket) => {
  let pending = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.end());
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
      const letter = String.fromCharCode(pending[4]!);
      pending = pending.subarray(4 + pending.readUInt32BE(0));
      if (letter === 'O') socket.write(NEGOTIATION);
      else if (!'DAQK'.includes(letter)) answer(socket);
    }
  });
}).listen(process.argv[2], () => process.stdout.write('listens'));

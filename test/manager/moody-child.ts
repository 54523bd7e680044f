/**
 * A child for tests, a process of its own so that it can be killed and stopped. It listens on the path that it is given
 * and says CONTINUE, or does what it is told on its standard input: `continue`, `garbage`, `half-close`, `delay`, `close`.
 */
export const MOODY_CHILD = `
const { createServer } = require('node:net');
let mood = 'continue';
process.stdin.on('data', (text) => (mood = String(text).trim()));
const NEGOTIATION = Buffer.from('0000000d4f00000006000001ff00000000', 'hex');
const CONTINUE = Buffer.from('0000000163', 'hex');
const answer = (socket) => {
  switch (mood) {
    case 'garbage':
      return socket.write(Buffer.from('ffffffff00deadbeef', 'hex'));
    case 'half-close':
      return socket.end();
    case 'close':
      return socket.destroy();
    case 'delay':
      return setTimeout(() => socket.writable && socket.write(CONTINUE), 2000);
    default:
      return socket.write(CONTINUE);
  }
};
createServer({ allowHalfOpen: true }, (socket) => {
  let pending = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.end());
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
      const letter = String.fromCharCode(pending[4]);
      pending = pending.subarray(4 + pending.readUInt32BE(0));
      if (letter === 'O') socket.write(NEGOTIATION);
      else if (!'DAQK'.includes(letter)) answer(socket);
    }
  });
}).listen(process.argv[1], () => process.stdout.write('listens'));
`;

/** A mail from CONNECT to its end, as Postfix tells it to a milter, with the macros of a client that has logged in. */
import { connect } from 'node:net';

function command(letter: string, data = ''): Buffer {
  const bytes = Buffer.from(letter + data, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

const [RCPT, DATA] = Buffer.from('RT');
const NEGOTIATE = Buffer.from('0000000d4f00000006000001ff001fffff', 'hex');

/** Commands, each with its macros and whether it is answered. */
const MAIL: readonly (readonly [Buffer, boolean])[] = [
  [NEGOTIATE, true],
  [command('C', 'mx.example.net\x004\x27\x10192.0.2.7\0'), true],
  [command('D', 'H{tls_version}\0TLSv1.3\0'), false],
  [command('H', 'mx.example.net\0'), true],
  [command('D', 'M{auth_authen}\0al ice\0{i}\x004XyZ\0'), false],
  [command('M', '<a@example.net>\0SIZE=12\0'), true],
  [command('R', '<b@example.org>\0'), true],
  [command('R', '<c@example.org>\0'), true],
  [command('T'), true],
  [command('L', 'Subject\0 hello\0'), false],
  [command('L', 'Message-Id\0 <1@example.net>\0'), false],
  [command('N'), false],
  [command('B', 'hello\r\n'), false],
  [command('E'), true],
];

/** As Postfix: where every recipient was refused, the mail ends there. @param path the manager's socket */
export async function playMail(path: string): Promise<void> {
  const socket = connect(path);
  const say = async (bytes: Buffer, answered: boolean): Promise<string> => {
    socket.write(bytes);
    if (!answered) return '';
    const reply = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    return String.fromCharCode(reply[4]!);
  };
  const recipients: string[] = [];
  for (const [bytes, answered] of MAIL) {
    if (bytes[4] === DATA && !recipients.includes('c')) break;
    const reply = await say(bytes, answered);
    if (bytes[4] === RCPT) recipients.push(reply);
  }
  await say(command('A'), false);
  await new Promise((resolve) => socket.once('close', resolve).end());
}

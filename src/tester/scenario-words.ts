/** The words of a scenario: milter packets as people write them, to bytes. */
import { SMFIA, SMFIC, SMFIR } from '../protocol/constants.ts';
import { packet, uint32 } from '../protocol/packet-writer.ts';

const BARE: ReadonlyMap<string, number> = new Map<string, number>([
  ['DATA', SMFIC.DATA],
  ['EOH', SMFIC.EOH],
  ['EOM', SMFIC.BODYEOB],
  ['ABORT', SMFIC.ABORT],
  ['QUIT', SMFIC.QUIT],
  ['QUIT_NC', SMFIC.QUIT_NC],
  ['BODY', SMFIC.BODY],
  ['CONTINUE', SMFIR.CONTINUE],
  ['ACCEPT', SMFIR.ACCEPT],
  ['REJECT', SMFIR.REJECT],
  ['TEMPFAIL', SMFIR.TEMPFAIL],
  ['DISCARD', SMFIR.DISCARD],
  ['SKIP', SMFIR.SKIP],
  ['PROGRESS', SMFIR.PROGRESS],
  ['SHUTDOWN', SMFIR.SHUTDOWN],
  ['CONN_FAIL', SMFIR.CONN_FAIL],
  ['REPLBODY', SMFIR.REPLBODY],
]);

/** Their text ends with a NUL. */
const WITH_TEXT: ReadonlyMap<string, number> = new Map<string, number>([
  ['HELO', SMFIC.HELO],
  ['UNKNOWN', SMFIC.UNKNOWN],
  ['REPLY', SMFIR.REPLYCODE],
  ['CHGFROM', SMFIR.CHGFROM],
  ['ADDRCPT', SMFIR.ADDRCPT],
  ['DELRCPT', SMFIR.DELRCPT],
  ['QUARANTINE', SMFIR.QUARANTINE],
]);

/** Their blanks separate strings that end with a NUL each. */
const WITH_ARGUMENTS: ReadonlyMap<string, number> = new Map<string, number>([
  ['MAIL', SMFIC.MAIL],
  ['RCPT', SMFIC.RCPT],
]);

const WITH_HEADER: ReadonlyMap<string, number> = new Map<string, number>([
  ['HEADER', SMFIC.HEADER],
  ['ADDHEADER', SMFIR.ADDHEADER],
]);

const WITH_INDEX: ReadonlyMap<string, number> = new Map<string, number>([
  ['INSHEADER', SMFIR.INSHEADER],
  ['CHGHEADER', SMFIR.CHGHEADER],
]);

/** Port of every client: nobody looks at it. */
const PORT = '\x9c\x40';

/**
 * The bytes of one packet: `MAIL <a@example.org> SIZE=10`, `HEADER Subject: x`, `MACRO M i=Q1`. `RAW 00ff` is sent as it
 * stands. `\n`, `\r`, `\t`, `\\` and `\x00` to `\xff` are single bytes.
 * @throws Error for a word that is none
 */
export function encodeWords(line: string): Buffer {
  const word = line.split(' ', 1)[0]!;
  const rest = unescape(line.slice(word.length).trimStart());
  const bare = BARE.get(word);
  if (bare !== undefined) return packet(bare, rest);
  const withText = WITH_TEXT.get(word);
  if (withText !== undefined) return packet(withText, `${rest}\0`);
  const withArguments = WITH_ARGUMENTS.get(word);
  if (withArguments !== undefined) return packet(withArguments, `${rest.replaceAll(' ', '\0')}\0`);
  const withHeader = WITH_HEADER.get(word);
  if (withHeader !== undefined) return packet(withHeader, header(rest));
  const withIndex = WITH_INDEX.get(word);
  if (withIndex !== undefined) return indexed(withIndex, rest);
  switch (word) {
    case 'CONNECT':
      return connect(rest);
    case 'MACRO':
      return macros(rest);
    case 'OPTNEG':
      return negotiation(rest);
    case 'RAW':
      return Buffer.from(rest.replaceAll(' ', ''), 'hex');
    default:
      throw new Error(`no packet is called ${word}`);
  }
}

/** `client.example.org 192.0.2.1` */
function connect(rest: string): Buffer {
  const [host = '', address = ''] = rest.split(' ');
  const family = String.fromCharCode(address.includes(':') ? SMFIA.INET6 : SMFIA.INET);
  return packet(SMFIC.CONNECT, `${host}\0${family}${PORT}${address}\0`);
}

/** `M i=Q1 {auth_type}=PLAIN` */
function macros(rest: string): Buffer {
  const [command = '', ...values] = rest.split(' ');
  const words = values.map((value) => `${value.replace('=', '\0')}\0`);
  return packet(SMFIC.MACRO, command, words.join(''));
}

/** `6 actions=1ff steps=1fffff 0:j,{if_name}`; numbers are hexadecimal, lists begin with the stage (SMFIM). */
function negotiation(rest: string): Buffer {
  const [version = '6', ...words] = rest.split(' ');
  const number = (name: string, otherwise: number): number => {
    const found = words.find((word) => word.startsWith(`${name}=`));
    return found === undefined ? otherwise : parseInt(found.slice(name.length + 1), 16);
  };
  const lists = words
    .filter((word) => /^\d:/.test(word))
    .flatMap((word) => [uint32(Number(word[0])), `${word.slice(2).replaceAll(',', ' ')}\0`]);
  const fixed = [uint32(Number(version)), uint32(number('actions', 0x1ff))];
  return packet(SMFIC.OPTNEG, ...fixed, uint32(number('steps', 0)), ...lists);
}

function indexed(letter: number, rest: string): Buffer {
  const blank = rest.indexOf(' ');
  return packet(letter, uint32(Number(rest.slice(0, blank))), header(rest.slice(blank + 1)));
}

function header(text: string): string {
  const colon = text.indexOf(':');
  return `${text.slice(0, colon)}\0${text.slice(colon + 1).replace(/^ /, '')}\0`;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

function unescape(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-f]{2})|([nrt\\]))/gi,
    (_all, hex: string | undefined, letter: string) =>
      hex === undefined ? ESCAPES[letter]! : String.fromCharCode(parseInt(hex, 16)),
  );
}

/**
 * The packets of a scenario, from words to bytes. Written by hand from the protocol's documents, not with the code that
 * is under test.
 */

const BARE: Readonly<Record<string, string>> = {
  DATA: 'T',
  EOH: 'N',
  EOM: 'E',
  ABORT: 'A',
  QUIT: 'Q',
  QUIT_NC: 'K',
  CONTINUE: 'c',
  ACCEPT: 'a',
  REJECT: 'r',
  TEMPFAIL: 't',
  DISCARD: 'd',
  SKIP: 's',
  PROGRESS: 'p',
  SHUTDOWN: '4',
  CONN_FAIL: 'f',
};

const WITH_TEXT: Readonly<Record<string, string>> = {
  HELO: 'H',
  UNKNOWN: 'U',
  REPLY: 'y',
  CHGFROM: 'e',
  ADDRCPT: '+',
  DELRCPT: '-',
  QUARANTINE: 'q',
};

/** The bytes of one packet, its length in front. `RAW` and hexadecimal digits are sent as they are. */
export function encode(line: string): Buffer {
  const word = /^\S+/.exec(line)![0];
  const rest = unescape(line.slice(word.length).trimStart());
  if (word === 'RAW') return Buffer.from(rest.replaceAll(' ', ''), 'hex');
  const text = payload(word, rest);
  const packet = Buffer.alloc(4 + text.length);
  packet.writeUInt32BE(text.length);
  packet.write(text, 4, 'latin1');
  return packet;
}

function payload(word: string, rest: string): string {
  if (word in BARE) return BARE[word]! + rest;
  if (word in WITH_TEXT) return `${WITH_TEXT[word]!}${rest}\0`;
  switch (word) {
    case 'OPTNEG':
      return negotiation(rest);
    case 'CONNECT': {
      const [host = '', address = ''] = rest.split(' ');
      return `C${host}\0${address.includes(':') ? '6' : '4'}\x9c\x40${address}\0`;
    }
    case 'MAIL':
      return `M${rest.replaceAll(' ', '\0')}\0`;
    case 'RCPT':
      return `R${rest.replaceAll(' ', '\0')}\0`;
    case 'MACRO': {
      const [command = '', ...macros] = rest.split(' ');
      return `D${command}${macros.map((macro) => `${macro.replace('=', '\0')}\0`).join('')}`;
    }
    case 'HEADER':
      return `L${header(rest)}`;
    case 'ADDHEADER':
      return `h${header(rest)}`;
    case 'INSHEADER':
      return `i${indexed(rest)}`;
    case 'CHGHEADER':
      return `m${indexed(rest)}`;
    case 'BODY':
      return `B${rest}`;
    case 'REPLBODY':
      return `b${rest}`;
    default:
      throw new Error(`a scenario knows no word ${word}`);
  }
}

/** `6 actions=1ff steps=1fffff 0:j,{if_name}` */
function negotiation(rest: string): string {
  const [version = '6', ...words] = rest.split(' ');
  const numbers = new Map<string, number>();
  let lists = '';
  for (const word of words) {
    const list = /^(\d):(.*)$/.exec(word);
    if (list) lists += `${number32(Number(list[1]))}${list[2]!.replaceAll(',', ' ')}\0`;
    else numbers.set(word.split('=')[0]!, parseInt(word.split('=')[1]!, 16));
  }
  const actions = numbers.get('actions') ?? 0x1ff;
  return `O${number32(Number(version))}${number32(actions)}${number32(numbers.get('steps') ?? 0)}${lists}`;
}

function header(text: string): string {
  const colon = text.indexOf(':');
  return `${text.slice(0, colon)}\0${text.slice(colon + 1).replace(/^ /, '')}\0`;
}

function indexed(text: string): string {
  const blank = text.indexOf(' ');
  return number32(Number(text.slice(0, blank))) + header(text.slice(blank + 1));
}

function number32(value: number): string {
  return String.fromCharCode(
    (value >>> 24) & 255,
    (value >>> 16) & 255,
    (value >>> 8) & 255,
    value & 255,
  );
}

function unescape(text: string): string {
  return text.replace(/\\(x[0-9a-f]{2}|[nrt\\])/gi, (_all, code: string) => {
    const known: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };
    return known[code] ?? String.fromCharCode(parseInt(code.slice(1), 16));
  });
}

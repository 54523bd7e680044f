/** What a child heard in a session, in a form that two sessions can be compared in. */

/** Macros whose values are another in every session. */
const MASKED = ['i', '{client_port}', '{daemon_port}', '{daemon_addr}'];

/** Packets as a child heard them; with `spoken`, the words that it said to each. */
export interface Hearing {
  readonly packet: string;
  readonly words: readonly string[];
}

/**
 * Commands with the macros before them, the body in one piece. Left out is what makes no difference to a milter: SMFIC_ABORT where no mail is
 * open any more, content that was on its way when it had said its last word about the mail. And SMFIC_QUIT: it always comes from us,
 * and not always from Postfix.
 */
export function readable(hearings: readonly Hearing[], withMacros: boolean): readonly string[] {
  const lines: string[] = [];
  let open = false;
  let body: string | undefined;
  let macros: string[] = [];
  for (const { packet, words } of hearings) {
    const letter = packet[0]!;
    if (letter === 'D') {
      if (withMacros) macros.push(showMacros(packet));
      continue;
    }
    const begins = 'MRT'.includes(letter);
    if (begins) open = true;
    if (letter === 'Q' || (letter === 'A' && !open)) continue;
    if ('LNBE'.includes(letter) && !open) {
      macros = [];
      continue;
    }
    if (letter === 'B' && body !== undefined) {
      body += packet.slice(1);
      lines[lines.length - 1] = showCommand(body);
    } else {
      lines.push(...macros, showCommand(packet));
      body = letter === 'B' ? packet : undefined;
    }
    macros = [];
    if ('AE'.includes(letter) || endsMail(letter, words)) open = false;
  }
  return lines;
}

function endsMail(letter: string, words: readonly string[]): boolean {
  const last = words.at(-1);
  // Not answered, or nothing that ends it; an empty word ends all.
  if (last === undefined || ['c', 's'].includes(last)) return false;
  return 'MTLNB'.includes(letter) || (letter === 'R' && !'rty'.includes(last[0] ?? '!'));
}

function showCommand(packet: string): string {
  // The client's port lies behind the family.
  const text = packet[0] === 'C' ? packet.replace(/\0([46])[^]{2}/, '\0$1PP') : packet;
  return text.length > 300 ? `${text.slice(0, 200)}... ${text.length} bytes, ${hash(text)}` : text;
}

function showMacros(packet: string): string {
  const words = packet.slice(2).split('\0');
  const pairs: string[] = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    const name = words[at]!;
    pairs.push(`${name}=${MASKED.includes(name) ? '*' : words[at + 1]}`);
  }
  return `D ${packet[1]} ${pairs.toSorted().join(' ')}`;
}

function hash(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) sum = (sum * 31 + text.charCodeAt(at)) | 0;
  return sum;
}

/**
 * Reply codes in the form that Postfix takes: three digits, then a space or `-`; where a digit follows, it is the first of
 * the code. For anything else it drops the milter for the rest of the session. Only the first line is looked at there, but
 * the client hears them all (RFC 5321 4.2.1: the same code on every line, `-` on all but the last).
 */

/** The text in which a refusal goes out; undefined where it is no more than its code. */
export interface ReplyText {
  readonly code: string;
  readonly text: string | undefined;
}

/** RFC 2034: class, subject, detail. Four numbers with dots are an address. */
const ENHANCED_CODE = /^\d(\.\d{1,3}\.\d{1,3})(?![\d.])/;

/** Longest reply text that an MTA takes: the largest data of a packet less the NUL. */
const LONGEST = 65_534;

/**
 * Reads the data of SMFIR_REPLYCODE, and mends what Postfix would not take; undefined where it is no refusal (RFC 5321
 * 4.2: a code that begins with 4 or 5). What comes after a NUL is not read, by Postfix as little as here.
 */
export function readReplyText(data: Buffer): ReplyText | undefined {
  const nul = data.indexOf(0);
  const said = data.toString('latin1', 0, nul < 0 ? data.length : nul);
  const code = /^[45]\d\d(?!\d)/.exec(said)?.[0];
  if (code === undefined) return undefined;
  const lines = said.split(/\r\n|\r|\n/);
  while (lines.length > 1 && lines.at(-1) === '') lines.pop();
  if (lines.length === 1 && lines[0] === code) return { code, text: undefined };
  const mended = lines.map((line, index) => {
    const separator = index === lines.length - 1 ? ' ' : '-';
    return `${code}${separator}${lineText(line, code)}`;
  });
  const text = mended.join('\r\n');
  return { code, text: text.length > LONGEST ? undefined : text };
}

/** The line without its own code, and with an enhanced code of the class that the reply has. */
function lineText(line: string, code: string): string {
  const text = line.replace(/^[2-5]\d\d(?:[ -]|$)/, '').replace(new RegExp(`^${code}(?!\\d)`), '');
  const enhanced = text.replace(ENHANCED_CODE, `${code[0]}$1`);
  // A text that begins with a digit looks like an enhanced code; after a second space it does not.
  return /^\d/.test(enhanced) && enhanced[0] !== code[0] ? ` ${enhanced}` : enhanced;
}

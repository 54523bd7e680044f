/** What a milter says, judged by the layouts of libmilter (mfdef.h, mfapi.h) and by what Postfix takes of a reply. */

/** Letters of final answers without data. */
const PLAIN = 'carstd4f';

const STRING = '[^\\0]*\\0';
const NAME = '[^\\0]+\\0';
const ANY_CHARACTER = '[^]';
const INDEX = `${ANY_CHARACTER}{4}`;

const CHANGES: Readonly<Record<string, RegExp>> = {
  h: new RegExp(`^h${NAME}${STRING}$`),
  i: new RegExp(`^i${INDEX}${NAME}${STRING}$`),
  m: new RegExp(`^m${INDEX}${NAME}${STRING}$`),
  '+': new RegExp(`^\\+${STRING}$`),
  '-': new RegExp(`^-${STRING}$`),
  '2': new RegExp(`^2${STRING}(?:${STRING})?$`),
  e: new RegExp(`^e${STRING}(?:${STRING})?$`),
  b: /^b/,
  q: new RegExp(`^q${STRING}$`),
};

/** A reply code: 4xx or 5xx, then nothing, a space or a hyphen. */
const REPLY_CODE = /^y[45]\d\d(?:[ -][^\0]*)?\0$/;

export type Meaning = 'answer' | 'change' | 'progress' | 'garbage';

export function readWord(word: string): Meaning {
  const letter = word[0] ?? '';
  if (letter === 'p') return 'progress';
  if (letter !== '' && PLAIN.includes(letter)) return 'answer';
  if (letter === 'y') return REPLY_CODE.test(word) ? 'answer' : 'garbage';
  const layout = CHANGES[letter];
  return layout?.test(word) ? 'change' : 'garbage';
}

/**
 * The answer as Postfix obeys it: where an enhanced code (RFC 3463) follows the reply code, its class is that of the
 * code, in every line; a code without text is a plain refusal.
 */
export function mended(answer: string): string {
  if (answer[0] === 'f') return 'y421 4.7.0 Closing the connection\0';
  if (answer[0] !== 'y') return answer;
  const digit = answer[1]!;
  if (answer.length === 5) return digit === '5' ? 'r' : 't';
  return answer.replaceAll(/(^y|\n)(\d\d\d[ -])\d\./g, `$1$2${digit}.`);
}

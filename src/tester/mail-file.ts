/** Reads a mail from a file as a message store or an mbox has it. Pure; text is latin1. */

import type { Header } from './mail.ts';

export interface MailFile {
  readonly headers: readonly Header[];
  /** With CRLF line ends, as SMTP carries it. */
  readonly body: string;
  /** Addresses of the From and To headers, for the envelope. */
  readonly from: string | undefined;
  readonly recipients: readonly string[];
}

/** The line of an mbox that begins a mail is skipped. Text without any header is all body. */
export function readMailFile(text: string): MailFile {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  if (lines[0]?.startsWith('From ')) lines.shift();
  const headers: Header[] = [];
  let at = 0;
  for (; at < lines.length && lines[at] !== ''; at++) {
    const line = lines[at]!;
    const last = headers.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) {
      headers[headers.length - 1] = { ...last, value: `${last.value}\n${line}` };
      continue;
    }
    const [, name, value] = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)$/s.exec(line) ?? [];
    if (name === undefined || value === undefined) break;
    headers.push({ name, value });
  }
  const body = lines.slice(lines[at] === '' && headers.length > 0 ? at + 1 : at).join('\r\n');
  return {
    headers,
    body,
    from: addresses(headers, 'from')[0],
    recipients: addresses(headers, 'to'),
  };
}

/** The mail addresses in the headers of that name: in angle brackets where there are some, else bare. */
function addresses(headers: readonly Header[], name: string): string[] {
  return headers
    .filter((header) => header.name.toLowerCase() === name)
    .flatMap(({ value }) => {
      const unquoted = value.replace(/"(?:[^"\\]|\\.)*"/gs, '').replace(/\([^()]*\)/g, '');
      return unquoted.split(',').map((each) => /<([^<>]*)>/.exec(each)?.[1] ?? each.trim());
    })
    .filter((address) => address.includes('@'));
}

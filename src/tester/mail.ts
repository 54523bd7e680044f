/** A mail to play to a milter, as plain data: who connects, what it says, and what macros the MTA would give. */

import { randomBytes } from 'node:crypto';
import type { Client, ClientAddress } from '../protocol/client-address.ts';

/** Where in the SMTP dialogue a milter is asked. */
export type Stage =
  | 'negotiate'
  | 'connect'
  | 'helo'
  | 'unknown'
  | 'envelope-from'
  | 'envelope-recipient'
  | 'data'
  | 'header'
  | 'end-of-header'
  | 'body'
  | 'end-of-message';

/** A sender or recipient. The address may stand in angle brackets or not; `<>` and '' are the null sender. */
export interface Envelope {
  readonly address: string;
  /** ESMTP arguments such as `SIZE=1000`. */
  readonly arguments: readonly string[];
}

/** A header. The value is everything after the colon, its leading space included; folds are LF and white space. */
export interface Header {
  readonly name: string;
  readonly value: string;
}

/** Macro values by name; names without braces (`j`, `daemon_name`). */
export type Macros = Readonly<Record<string, string>>;

/** All text is latin1: one character a byte. */
export interface Mail {
  readonly client: Client;
  readonly helo: string;
  /** Unknown SMTP commands sent after HELO. */
  readonly unknown: readonly string[];
  readonly from: Envelope;
  readonly recipients: readonly Envelope[];
  readonly headers: readonly Header[];
  /** Chunks with CRLF line ends; each is a packet of its own (more when longer than 65535 bytes). */
  readonly body: readonly string[];
  /** What the MTA tells at each stage to a milter that did not list its wishes. */
  readonly macros: Readonly<Partial<Record<Stage, Macros>>>;
}

/** What a caller may say about a mail; the rest has the defaults of milter-test-server. */
export interface MailDetails extends Partial<Omit<Mail, 'client' | 'from' | 'recipients'>> {
  /** Name of the MTA's daemon: the macro {daemon_name}. */
  readonly name?: string;
  readonly host?: string;
  readonly address?: ClientAddress;
  readonly from?: string | Envelope;
  readonly recipients?: readonly (string | Envelope)[];
  /** The macro `i`; made up when absent. */
  readonly queueId?: string;
}

/** Completes a mail. Macros given for a stage are added to the standard ones of that stage. */
export function createMail(details: MailDetails = {}): Mail {
  const from = envelope(details.from ?? 'sender@example.com');
  const recipients = (details.recipients ?? ['receiver@example.org']).map(envelope);
  return {
    client: {
      host: details.host ?? 'mx.example.net',
      address: details.address ?? { family: 'inet', address: '192.168.123.123', port: 50443 },
    },
    helo: details.helo ?? 'delian',
    unknown: details.unknown ?? [],
    from,
    recipients,
    headers: details.headers ?? envelopeHeaders(from, recipients),
    body: details.body ?? [1, 2, 3, 4].map((line) => `La de da de da ${line}.\r\n`),
    macros: mergeMacros(standardMacros(details, from), details.macros ?? {}),
  };
}

/** The headers that milter-test-server adds of its own. */
export function envelopeHeaders(from: Envelope, recipients: readonly Envelope[]): Header[] {
  return [
    header('From', bracketed(from.address)),
    header('To', recipients.map((recipient) => bracketed(recipient.address)).join(', ')),
  ];
}

/** A header as people write it: with one space after the colon. */
export function header(name: string, value: string): Header {
  return { name, value: ` ${value}` };
}

/** `a@example.com` and `<a@example.com>` alike, as MAIL and RCPT carry it. */
export function bracketed(address: string): string {
  return address.startsWith('<') ? address : `<${address}>`;
}

/** The macros that Sendmail defines for the recipient of one RCPT. */
export function recipientMacros(recipient: Envelope): Macros {
  const address = bare(recipient.address);
  return { rcpt_mailer: 'local', rcpt_host: domainOf(address), rcpt_addr: address };
}

function envelope(text: string | Envelope): Envelope {
  return typeof text === 'string' ? { address: text, arguments: [] } : text;
}

function standardMacros(details: MailDetails, from: Envelope): Mail['macros'] {
  const address = bare(from.address);
  const queueId = { i: details.queueId ?? randomBytes(5).toString('hex').toUpperCase() };
  return {
    connect: {
      daemon_name: details.name ?? 'milter-test-server',
      if_name: 'localhost',
      if_addr: '127.0.0.1',
      j: 'mail.example.com',
    },
    helo: {
      tls_version: '0',
      cipher: '0',
      cipher_bits: '0',
      cert_subject: 'cert_subject',
      cert_issuer: 'cert_issuer',
    },
    'envelope-from': { mail_mailer: 'local', mail_host: domainOf(address), mail_addr: address },
    data: queueId,
    'end-of-header': queueId,
    'end-of-message': queueId,
  };
}

function mergeMacros(standard: Mail['macros'], given: Mail['macros']): Mail['macros'] {
  const merged: Partial<Record<Stage, Macros>> = { ...standard };
  for (const [stage, macros] of Object.entries(given) as [Stage, Macros][]) {
    merged[stage] = { ...standard[stage], ...macros };
  }
  return merged;
}

function bare(address: string): string {
  return address.replace(/^<(.*)>$/s, '$1');
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

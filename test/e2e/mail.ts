/** Real mails to port 25 of a host, from addresses with names, and what became of them in the mailbox. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BootedHost } from './host.ts';

export const RECIPIENT = 'alice';

export interface Client {
  readonly address: string;
  /** The name that the address and it resolve to, in both directions. */
  readonly name: string;
}

/** A mail server with a name as they should be. */
export const WELL_NAMED: Client = { address: '203.0.113.25', name: 'mail.sender.example' };
/** Names like those of dial-up lines: rule 1 of S25R (two groups of digits in the first label). */
export const DIAL_UP: Client = {
  address: '198.51.100.7',
  name: '198-51-100-7.dsl.provider.example',
};
/** Such names, but of ours: in a network that is named so, and in a private one. */
export const OFFICE: Client = { address: '192.0.2.9', name: '192-0-2-9.dsl.office.example' };
export const OFFICE_NETWORK = '192.0.2.0/24';
export const PRIVATE: Client = { address: '10.44.5.6', name: '10-44-5-6.dsl.office.example' };

export const CLIENTS = [WELL_NAMED, DIAL_UP, OFFICE, PRIVATE];

/** Apart, so that no scanner takes this file for a virus. */
export const EICAR = [
  'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR',
  'STANDARD',
  'ANTIVIRUS',
  'TEST',
  'FILE!$H+H*',
].join('-');
export const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*' + 'GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X';

export interface Letter {
  readonly client: Client;
  readonly body?: string;
  readonly sender?: string;
  /**
   * How Postfix gets to know the client: a connection from its address on the host's loopback, or XCLIENT
   * from outside (the host must allow it).
   */
  readonly by?: 'address' | 'xclient';
}

export interface Reply {
  readonly code: number;
  /** The last line, with its code. */
  readonly text: string;
}

type Stage = 'connect' | 'ehlo' | 'xclient' | 'mail' | 'rcpt' | 'data' | 'message' | 'quit';

export interface Sent {
  /** The reply at each stage that was reached. */
  readonly replies: Readonly<Partial<Record<Stage, Reply>>>;
  /** The one that decided: to the message, or the first refusal. */
  readonly final: Reply;
  readonly messageId: string;
  readonly seconds: number;
}

/** A sender nobody has seen yet. */
export function newSender(): string {
  return `bob-${randomUUID().slice(0, 8)}@sender.example`;
}

/** Gives the host the addresses of the clients. Their names are in its /etc/hosts (`nameClients`). */
export async function addClientAddresses(host: BootedHost): Promise<void> {
  for (const { address } of CLIENTS) {
    await host.inNetwork('ip', 'address', 'add', `${address}/32`, 'dev', 'lo');
  }
}

/** Sends one mail to alice on the host. */
export async function sendMail(host: BootedHost, letter: Letter): Promise<Sent> {
  const { client, body = 'Shall we meet at noon?', sender = newSender(), by = 'address' } = letter;
  const messageId = `<${randomUUID()}@sender.example>`;
  const argv = [
    ...['swaks', '--server', host.address, '--timeout', '100'],
    ...['--helo', client.name, '--from', sender],
    ...['--to', `${RECIPIENT}@${host.name}.example.test`, '--protocol', 'ESMTP'],
    ...['--header', 'Subject: lunch on Tuesday', '--header', `Message-Id: ${messageId}`],
    ...['--body', body, '--hide-informational'],
    ...(by === 'address'
      ? ['--local-interface', client.address]
      : ['--xclient-addr', client.address, '--xclient-name', client.name]),
  ];
  const { output, seconds } = await host.inNetwork(...argv);
  const replies = readReplies(output);
  const order: readonly Stage[] = ['connect', 'ehlo', 'xclient', 'mail', 'rcpt', 'data', 'message'];
  const reached = order.flatMap((stage) => replies[stage] ?? []);
  const final = reached.find(({ code }) => code >= 400) ?? replies.message;
  if (!final) throw new Error(`swaks got no answer to its mail:\n${output}`);
  return { replies, final, messageId, seconds };
}

export interface Mail {
  /** By name in lower case, values unfolded. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

/** The mail as it lies in alice's mailbox. @throws where it is not delivered within some seconds */
export async function deliveredMail(host: BootedHost, { messageId }: Sent): Promise<Mail> {
  for (let tries = 0; tries < 100; tries += 1) {
    const mail = mailbox(host).find(({ headers }) =>
      headers.get('message-id')?.includes(messageId),
    );
    if (mail) return mail;
    await sleep(100);
  }
  throw new Error(`${messageId} is not in the mailbox of ${RECIPIENT}`);
}

/** All mails that were delivered to alice. */
export function mailbox(host: BootedHost): readonly Mail[] {
  const path = `/var/mail/${RECIPIENT}`;
  if (!host.exists(path)) return [];
  return host
    .read(path)
    .toString('latin1')
    .split(/^From .*\n/m)
    .slice(1)
    .map(readMail);
}

function readMail(text: string): Mail {
  const end = text.indexOf('\n\n');
  const headers = new Map<string, string[]>();
  for (const line of text
    .slice(0, end)
    .replaceAll(/\n[ \t]+/g, ' ')
    .split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  return { headers, body: text.slice(end + 2) };
}

/** swaks marks what it sends with `->` and what it receives with `<-`, a refusal with `<**`. */
function readReplies(transcript: string): Partial<Record<Stage, Reply>> {
  const replies: Partial<Record<Stage, Reply>> = {};
  let stage: Stage = 'connect';
  for (const line of transcript.split('\n')) {
    const received = /^<(?:-|~|\*\*|~\*) +((\d{3})(?: .*)?)$/.exec(line);
    if (received) {
      replies[stage] = { code: Number(received[2]), text: received[1]! };
      stage = stage === 'data' && received[2] === '354' ? 'message' : 'quit';
    }
    const sent = /^ (?:-|~|\*\*)> (EHLO|XCLIENT|MAIL|RCPT|DATA|QUIT)\b/.exec(line);
    if (sent && stage !== 'message') stage = sent[1]!.toLowerCase() as Stage;
  }
  return replies;
}

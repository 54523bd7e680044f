/** Answers of children, and how several become one. */
import { SMFIR } from '../../protocol/constants.ts';
import { wholePacket, type Packet } from '../../protocol/packet-reader.ts';
import { packet, cstring } from '../../protocol/packet-writer.ts';
import { readReplyText } from '../gate/reply-line.ts';
import type { FallbackStatus } from '../../manager-config/values.ts';

/** From the weakest to the strongest: of several answers the strongest counts. */
export const STATUSES = [
  'accept',
  'skip',
  'continue',
  'temporary-failure',
  'reject',
  'discard',
] as const;
export type Status = (typeof STATUSES)[number];

/** A status and the packet that says it to the MTA. */
export interface Answer {
  readonly status: Status;
  readonly packet: Buffer;
  /** What the child said, where an MTA would not have taken it. */
  readonly mended?: string;
}

export const ACCEPT: Answer = { status: 'accept', packet: packet(SMFIR.ACCEPT) };
export const SKIP: Answer = { status: 'skip', packet: packet(SMFIR.SKIP) };
export const CONTINUE: Answer = { status: 'continue', packet: packet(SMFIR.CONTINUE) };
export const TEMPFAIL: Answer = { status: 'temporary-failure', packet: packet(SMFIR.TEMPFAIL) };
export const REJECT: Answer = { status: 'reject', packet: packet(SMFIR.REJECT) };
export const DISCARD: Answer = { status: 'discard', packet: packet(SMFIR.DISCARD) };

const RANK: Readonly<Record<Status, number>> = {
  accept: 0,
  skip: 1,
  continue: 2,
  'temporary-failure': 3,
  reject: 4,
  discard: 5,
};

/**
 * The strongest answer; among equals the first, so its text is that of the first child in order.
 * @param answers undefined where a child has no say
 * @param nobody what it is where none has
 */
export function merge(answers: readonly (Answer | undefined)[], nobody = ACCEPT): Answer {
  let strongest: Answer | undefined;
  for (const answer of answers) {
    if (answer === undefined) continue;
    if (strongest === undefined || RANK[answer.status] > RANK[strongest.status]) strongest = answer;
  }
  return strongest ?? nobody;
}

/** Whether it refuses or swallows what it answers. */
export function isRefusal(answer: Answer): boolean {
  return RANK[answer.status] > RANK.continue;
}

export function fallbackAnswer(status: FallbackStatus): Answer {
  switch (status) {
    case 'accept':
      return ACCEPT;
    case 'reject':
      return REJECT;
    case 'temporary-failure':
      return TEMPFAIL;
    case 'discard':
      return DISCARD;
  }
}

/**
 * Reads a final reply; undefined for a letter, or a reply code, that is no answer.
 * A reply code is any text that begins with a 4xx or 5xx code; it is mended where an MTA would not take it.
 */
export function readAnswer(reply: Packet): Answer | undefined {
  switch (reply.command) {
    case SMFIR.CONTINUE:
      return CONTINUE;
    case SMFIR.ACCEPT:
      return ACCEPT;
    case SMFIR.SKIP:
      return SKIP;
    case SMFIR.TEMPFAIL:
      return TEMPFAIL;
    case SMFIR.REJECT:
      return REJECT;
    case SMFIR.DISCARD:
      return DISCARD;
    case SMFIR.SHUTDOWN:
      return { status: 'temporary-failure', packet: packet(SMFIR.SHUTDOWN) };
    case SMFIR.CONN_FAIL:
      return CONNECTION_FAILURE;
    case SMFIR.REPLYCODE:
      return readReplyCode(reply.data, wholePacket(reply));
    default:
      return undefined;
  }
}

/** `550 5.7.1 text` of a reply-code answer; undefined where the MTA chooses the text. */
export function replyText(answer: Answer): string | undefined {
  return answer.packet[4] === SMFIR.REPLYCODE
    ? answer.packet.toString('latin1', 5, answer.packet.length - 1)
    : undefined;
}

/** MTAs know no CONN_FAIL in later stages; a 421 makes all of them close the SMTP connection (RFC 5321 3.8). */
const CONNECTION_FAILURE: Answer = {
  status: 'temporary-failure',
  packet: packet(SMFIR.REPLYCODE, cstring('421 4.7.0 Closing the connection')),
};

function readReplyCode(data: Buffer, whole: Buffer): Answer | undefined {
  const reply = readReplyText(data);
  if (reply === undefined) return undefined;
  const refusal = reply.code.startsWith('5') ? REJECT : TEMPFAIL;
  const said = data.toString('latin1');
  // A copy: the answer may outlive the chunk that it came in.
  if (said === `${reply.text}\0`) return { ...refusal, packet: Buffer.from(whole) };
  const mended = said.replace(/\0$/, '');
  if (reply.text === undefined) return { ...refusal, mended };
  return { ...refusal, packet: packet(SMFIR.REPLYCODE, cstring(reply.text)), mended };
}

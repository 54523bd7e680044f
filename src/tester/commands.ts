/** The packets that an MTA sends for each part of a mail. Pure: data in, bytes out. */

import { MILTER_CHUNK_SIZE, SMFIC, SMFIP } from '../protocol/constants.ts';
import { headerPacket as protocolHeaderPacket } from '../protocol/headers.ts';
import { cstring, packet } from '../protocol/packet-writer.ts';
import { bracketed, type Envelope, type Header, type Stage } from './mail.ts';

/** Facts of a stage: its command, its bits for "do not send" and "I do not reply", and its age. */
interface StageFacts {
  readonly command: number;
  readonly unsent: number;
  readonly silent: number;
  readonly sinceVersion: number;
}

export type CommandStage = Exclude<Stage, 'negotiate'>;

export const STAGE_FACTS: Readonly<Record<CommandStage, StageFacts>> = {
  connect: {
    command: SMFIC.CONNECT,
    unsent: SMFIP.NOCONNECT,
    silent: SMFIP.NR_CONN,
    sinceVersion: 2,
  },
  helo: {
    command: SMFIC.HELO,
    unsent: SMFIP.NOHELO,
    silent: SMFIP.NR_HELO,
    sinceVersion: 2,
  },
  unknown: {
    command: SMFIC.UNKNOWN,
    unsent: SMFIP.NOUNKNOWN,
    silent: SMFIP.NR_UNKN,
    sinceVersion: 3,
  },
  'envelope-from': {
    command: SMFIC.MAIL,
    unsent: SMFIP.NOMAIL,
    silent: SMFIP.NR_MAIL,
    sinceVersion: 2,
  },
  'envelope-recipient': {
    command: SMFIC.RCPT,
    unsent: SMFIP.NORCPT,
    silent: SMFIP.NR_RCPT,
    sinceVersion: 2,
  },
  data: {
    command: SMFIC.DATA,
    unsent: SMFIP.NODATA,
    silent: SMFIP.NR_DATA,
    sinceVersion: 4,
  },
  header: { command: SMFIC.HEADER, unsent: SMFIP.NOHDRS, silent: SMFIP.NR_HDR, sinceVersion: 2 },
  'end-of-header': {
    command: SMFIC.EOH,
    unsent: SMFIP.NOEOH,
    silent: SMFIP.NR_EOH,
    sinceVersion: 2,
  },
  body: { command: SMFIC.BODY, unsent: SMFIP.NOBODY, silent: SMFIP.NR_BODY, sinceVersion: 2 },
  'end-of-message': {
    command: SMFIC.BODYEOB,
    unsent: 0,
    silent: 0,
    sinceVersion: 2,
  },
};

/** MAIL or RCPT: the address in brackets, then each ESMTP argument as a string of its own. */
export function envelopePacket(
  command: typeof SMFIC.MAIL | typeof SMFIC.RCPT,
  { address, arguments: esmtp }: Envelope,
): Buffer {
  return packet(command, cstring(bracketed(address)), ...esmtp.map(cstring));
}

/**
 * A header. Without HDR_LEADSPC the space after the colon belongs to the MTA and is not sent
 * (libmilter, xxfi_header).
 */
export function headerPacket({ name, value }: Header, steps: number): Buffer {
  const sent = steps & SMFIP.HDR_LEADSPC ? value : value.replace(/^ /, '');
  return protocolHeaderPacket(SMFIC.HEADER, { name, value: Buffer.from(sent, 'latin1') });
}

/** One packet for each 65535 bytes of a body chunk. */
export function bodyPackets(chunk: string): Buffer[] {
  const packets: Buffer[] = [];
  for (let at = 0; at < chunk.length; at += MILTER_CHUNK_SIZE) {
    packets.push(packet(SMFIC.BODY, chunk.slice(at, at + MILTER_CHUNK_SIZE)));
  }
  return packets;
}

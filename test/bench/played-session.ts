/** One SMTP session of the built-in generator, as an MTA plays it to a milter. */
import { connect } from 'node:net';
import { connectPacket } from '../../src/protocol/client-address.ts';
import type { ConnectionSpec } from '../../src/protocol/connection-spec.ts';
import { MILTER_CHUNK_SIZE, SMFIC, SMFIP, SMFIR } from '../../src/protocol/constants.ts';
import { headerPacket } from '../../src/protocol/headers.ts';
import {
  decodeNegotiation,
  encodeNegotiation,
  stepsOfVersion,
} from '../../src/protocol/negotiation.ts';
import { PacketReader, type Packet } from '../../src/protocol/packet-reader.ts';
import { cstring, packet } from '../../src/protocol/packet-writer.ts';

/** A command, and the step bits under which it is not sent or not answered. */
interface PlayedPacket {
  readonly bytes: Buffer;
  readonly command: number;
  readonly unwanted: number;
  readonly unanswered: number;
}

export interface PlayedSession {
  /** @returns whether every answer let the mail pass */
  readonly play: (packets: readonly PlayedPacket[], to: 'body' | 'end') => Promise<boolean>;
  readonly close: () => void;
}

const HEADERS = 10;
const LARGEST_PACKET = 1024 * 1024;
const OFFER = encodeNegotiation({
  version: 6,
  actions: 0x1ff,
  steps: stepsOfVersion(6),
  macros: new Map(),
});

/** The mail that every session sends. */
export function sessionPackets(bodyBytes: number): readonly PlayedPacket[] {
  const played = (bytes: Buffer, unwanted = 0, unanswered = 0): PlayedPacket => ({
    bytes,
    command: bytes[4]!,
    unwanted,
    unanswered,
  });
  const client = {
    host: 'client.example',
    address: { family: 'inet', address: '192.0.2.1', port: 25000 },
  } as const;
  const packets = [
    played(connectPacket(client), SMFIP.NOCONNECT, SMFIP.NR_CONN),
    played(packet(SMFIC.HELO, cstring('client.example')), SMFIP.NOHELO, SMFIP.NR_HELO),
    played(packet(SMFIC.MAIL, cstring('<a@example.org>')), SMFIP.NOMAIL, SMFIP.NR_MAIL),
    played(packet(SMFIC.RCPT, cstring('<b@example.net>')), SMFIP.NORCPT, SMFIP.NR_RCPT),
    played(packet(SMFIC.DATA), SMFIP.NODATA, SMFIP.NR_DATA),
  ];
  for (let n = 0; n < HEADERS; n += 1) {
    const header = headerPacket(SMFIC.HEADER, { name: `X-${n}`, value: Buffer.from('some value') });
    packets.push(played(header, SMFIP.NOHDRS, SMFIP.NR_HDR));
  }
  packets.push(played(packet(SMFIC.EOH), SMFIP.NOEOH, SMFIP.NR_EOH));
  for (let left = bodyBytes; left > 0; left -= MILTER_CHUNK_SIZE) {
    const body = packet(SMFIC.BODY, Buffer.alloc(Math.min(left, MILTER_CHUNK_SIZE), 'text\r\n'));
    packets.push(played(body, SMFIP.NOBODY, SMFIP.NR_BODY));
  }
  return [...packets, played(packet(SMFIC.BODYEOB))];
}

export async function openSession(spec: ConnectionSpec): Promise<PlayedSession> {
  const socket =
    spec.kind === 'unix' ? connect(spec.path) : connect(spec.port, spec.host ?? '127.0.0.1');
  const reader = new PacketReader(LARGEST_PACKET);
  const arrived: Packet[] = [];
  let wake: (() => void) | undefined;
  let over = false;
  socket.on('data', (chunk: Buffer) => {
    arrived.push(...reader.push(chunk));
    wake?.();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    over = true;
    wake?.();
  });
  const next = async (): Promise<Packet | undefined> => {
    while (arrived.length === 0 && !over) await new Promise<void>((resolve) => (wake = resolve));
    return arrived.shift();
  };
  socket.write(OFFER);
  const agreed = await next();
  const steps = (agreed && decodeNegotiation(agreed.data)?.steps) ?? 0;
  return {
    play: async (packets, to) => {
      for (const { bytes, command, unwanted, unanswered } of packets) {
        if ((steps & unwanted) !== 0) continue;
        if (to === 'body' && command === SMFIC.BODYEOB) return true;
        if (!socket.write(bytes))
          await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
        if ((steps & unanswered) !== 0) continue;
        const answer = (await next())?.command;
        const last = command === SMFIC.BODYEOB && answer === SMFIR.ACCEPT;
        if (answer !== SMFIR.CONTINUE && !last) return false;
      }
      return true;
    },
    close: () => {
      if (!over) socket.end(packet(SMFIC.QUIT));
    },
  };
}

function once(socket: ReturnType<typeof connect>, event: 'drain' | 'close'): Promise<void> {
  return new Promise((resolve) => socket.once(event, () => resolve()));
}

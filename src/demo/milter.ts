/**
 * A small kit for writing a milter: it speaks the protocol on a socket and calls a handler for each stage.
 * A handler returns its verdict, or nothing for "continue".
 */

import type { Socket } from 'node:net';
import { parseClient, type Client } from '../protocol/client-address.ts';
import { PROTOCOL_VERSION, SMFIC, SMFIP, SMFIR } from '../protocol/constants.ts';
import { headerPacket, parseHeader } from '../protocol/headers.ts';
import { decodeNegotiation, encodeNegotiation } from '../protocol/negotiation.ts';
import { PacketLengthError, PacketReader, type Packet } from '../protocol/packet-reader.ts';
import { cstring, packet } from '../protocol/packet-writer.ts';

/** `reply` is an SMTP reply: `550 5.7.1 Blocked` rejects, `451 4.7.1 Later` fails for now. */
export type Verdict = 'continue' | 'accept' | 'discard' | { readonly reply: string };

/** What may be changed at the end of a message. */
export interface Changes {
  addHeader(name: string, value: string): void;
}

/** The handlers for one SMTP session. Stages without a handler are not sent by the MTA. Text is latin1. */
export interface Handlers {
  connect?(client: Client): Verdict | undefined;
  helo?(name: string): Verdict | undefined;
  /** A new message begins. The sender is in angle brackets. */
  from?(sender: string): Verdict | undefined;
  recipient?(recipient: string): Verdict | undefined;
  header?(name: string, value: string): Verdict | undefined;
  endOfHeader?(): Verdict | undefined;
  body?(chunk: Buffer): Verdict | undefined;
  endOfMessage?(changes: Changes): Verdict | undefined;
}

export interface Milter {
  readonly name: string;
  /** SMFIF bits that its changes need. */
  readonly actions: number;
  /** SMFIP.NR_ bits of the stages where it never has a verdict: no time is spent on waiting there. */
  readonly silent: number;
  /** Called for each SMTP session. */
  begin(): Handlers;
}

/** Largest packet taken from an MTA, as libmilter's MILTER_MDS_1M. */
const LARGEST_PACKET = 1024 * 1024;

/** Speaks with one MTA until it quits or breaks the rules. */
export function serve(milter: Milter, socket: Socket): void {
  const reader = new PacketReader(LARGEST_PACKET);
  const session = new MilterSession(milter);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    // Answers to commands that arrived together leave together.
    socket.cork();
    try {
      for (const each of reader.push(chunk)) {
        const answer = session.answer(each);
        if (answer === 'quit') socket.end();
        else if (socket.writable) socket.write(answer);
      }
    } catch (error) {
      if (!(error instanceof PacketLengthError || error instanceof ProtocolError)) throw error;
      socket.destroy();
    }
    socket.uncork();
  });
}

class ProtocolError extends Error {}

const NOTHING = Buffer.alloc(0);
const CONTINUE = packet(SMFIR.CONTINUE);

class MilterSession {
  private handlers: Handlers;
  private steps = 0;

  constructor(private readonly milter: Milter) {
    this.handlers = milter.begin();
  }

  /** The bytes that answer a packet; none where no answer is wanted. */
  answer({ command, data }: Packet): Buffer | 'quit' {
    const { handlers } = this;
    switch (command) {
      case SMFIC.OPTNEG:
        return this.negotiate(data);
      case SMFIC.CONNECT:
        return this.reply(SMFIP.NR_CONN, handlers.connect?.(parseClient(data)));
      case SMFIC.HELO:
        return this.reply(SMFIP.NR_HELO, handlers.helo?.(firstString(data)));
      case SMFIC.MAIL:
        return this.reply(SMFIP.NR_MAIL, handlers.from?.(firstString(data)));
      case SMFIC.RCPT:
        return this.reply(SMFIP.NR_RCPT, handlers.recipient?.(firstString(data)));
      case SMFIC.DATA:
        return this.reply(SMFIP.NR_DATA, undefined);
      case SMFIC.UNKNOWN:
        return this.reply(SMFIP.NR_UNKN, undefined);
      case SMFIC.HEADER: {
        const header = parseHeader(data);
        if (header === undefined) throw new ProtocolError('malformed header');
        const { name, value } = header;
        return this.reply(SMFIP.NR_HDR, handlers.header?.(name, value.toString('latin1')));
      }
      case SMFIC.EOH:
        return this.reply(SMFIP.NR_EOH, handlers.endOfHeader?.());
      case SMFIC.BODY:
        return this.reply(SMFIP.NR_BODY, handlers.body?.(data));
      case SMFIC.BODYEOB:
        return this.finishMessage(data);
      case SMFIC.QUIT_NC:
        this.handlers = this.milter.begin();
        return NOTHING;
      case SMFIC.QUIT:
        return 'quit';
      case SMFIC.MACRO:
      case SMFIC.ABORT:
        return NOTHING;
      default:
        throw new ProtocolError(`unknown command ${command}`);
    }
  }

  private negotiate(data: Buffer): Buffer {
    const offer = decodeNegotiation(data);
    const { actions, silent } = this.milter;
    if (offer === undefined || actions & ~offer.actions) throw new ProtocolError('cannot agree');
    this.steps = offer.steps & (unhandledSteps(this.handlers) | silent);
    return encodeNegotiation({
      version: Math.min(offer.version, PROTOCOL_VERSION),
      actions,
      steps: this.steps,
      macros: new Map(),
    });
  }

  private finishMessage(lastChunk: Buffer): Buffer {
    // The command may carry the last piece of the body.
    const early = lastChunk.length > 0 ? this.handlers.body?.(lastChunk) : undefined;
    if (early !== undefined && early !== 'continue') return verdictPacket(early);
    const changes: Buffer[] = [];
    const verdict = this.handlers.endOfMessage?.({
      addHeader: (name, value) => {
        const header = { name, value: Buffer.from(value, 'latin1') };
        changes.push(headerPacket(SMFIR.ADDHEADER, header));
      },
    });
    return Buffer.concat([...changes, verdictPacket(verdict)]);
  }

  private reply(silent: number, verdict: Verdict | undefined): Buffer {
    return this.steps & silent ? NOTHING : verdictPacket(verdict);
  }
}

/** SMFIP.NO bits of the stages that have no handler. */
function unhandledSteps(handlers: Handlers): number {
  let steps: number = SMFIP.NODATA | SMFIP.NOUNKNOWN;
  if (!handlers.connect) steps |= SMFIP.NOCONNECT;
  if (!handlers.helo) steps |= SMFIP.NOHELO;
  if (!handlers.from) steps |= SMFIP.NOMAIL;
  if (!handlers.recipient) steps |= SMFIP.NORCPT;
  if (!handlers.header) steps |= SMFIP.NOHDRS;
  if (!handlers.endOfHeader) steps |= SMFIP.NOEOH;
  if (!handlers.body) steps |= SMFIP.NOBODY;
  return steps;
}

function verdictPacket(verdict: Verdict | undefined): Buffer {
  switch (verdict) {
    case undefined:
    case 'continue':
      return CONTINUE;
    case 'accept':
      return packet(SMFIR.ACCEPT);
    case 'discard':
      return packet(SMFIR.DISCARD);
    default:
      return packet(SMFIR.REPLYCODE, cstring(verdict.reply));
  }
}

function firstString(data: Buffer): string {
  const end = data.indexOf(0);
  return data.toString('latin1', 0, end < 0 ? data.length : end);
}

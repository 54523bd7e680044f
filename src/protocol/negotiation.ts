/** Option negotiation (SMFIC_OPTNEG): what each side offers or wants, read from bytes and written to them. */

import { SMFIC, SMFIF, SMFIP } from './constants.ts';
import { cstring, packet, uint32 } from './packet-writer.ts';

/** Macro names by stage number (SMFIM); names as the milter wrote them, with or without braces. */
export type MacroLists = ReadonlyMap<number, readonly string[]>;

export interface Negotiation {
  readonly version: number;
  /** SMFIF bits. */
  readonly actions: number;
  /** SMFIP bits. */
  readonly steps: number;
  /** Stages that a milter lists macros for; empty in an MTA's offer. */
  readonly macros: MacroLists;
}

/** An OPTNEG packet that cannot be understood. */
export class NegotiationError extends Error {}

/** Oldest protocol version that is spoken anywhere (Sendmail 8.12). */
export const OLDEST_PROTOCOL_VERSION = 2;

/** Actions (SMFIF) that exist in a protocol version: a milter of that version knows no others. */
export function actionsOfVersion(version: number): number {
  if (version >= 6) return 0x1ff;
  return (
    SMFIF.ADDHDRS | SMFIF.CHGBODY | SMFIF.ADDRCPT | SMFIF.DELRCPT | SMFIF.CHGHDRS | SMFIF.QUARANTINE
  );
}

/** Steps (SMFIP) that exist in a protocol version. */
export function stepsOfVersion(version: number): number {
  if (version >= 6) return 0x1fffff;
  let steps = 0x7f;
  if (version >= 3) steps |= SMFIP.NR_HDR | SMFIP.NOUNKNOWN;
  if (version >= 4) steps |= SMFIP.NODATA;
  return steps;
}

/** The OPTNEG packet of either side. */
export function negotiationPacket(negotiation: Negotiation): Buffer {
  const lists = [...negotiation.macros].flatMap(([stage, names]) => [
    uint32(stage),
    cstring(names.join(' ')),
  ]);
  return packet(
    SMFIC.OPTNEG,
    uint32(negotiation.version),
    uint32(negotiation.actions),
    uint32(negotiation.steps),
    ...lists,
  );
}

/**
 * Reads the data of an OPTNEG packet. Names in a macro list are separated by spaces or commas
 * (libmilter's smfi_setsymlist takes whatever the milter's author wrote).
 * @throws NegotiationError when the three numbers are not all there or a macro list has no end
 */
export function parseNegotiation(data: Buffer): Negotiation {
  if (data.length < 12)
    throw new NegotiationError(`negotiation of ${data.length} bytes; 12 are needed`);
  const macros = new Map<number, readonly string[]>();
  for (let at = 12; at < data.length;) {
    const end = at + 4 <= data.length ? data.indexOf(0, at + 4) : -1;
    if (end < 0) throw new NegotiationError('a macro list in the negotiation has no end');
    const names = data
      .toString('latin1', at + 4, end)
      .split(/[\s,]+/)
      .filter(Boolean);
    macros.set(data.readUInt32BE(at), names);
    at = end + 1;
  }
  return {
    version: data.readUInt32BE(0),
    actions: data.readUInt32BE(4),
    steps: data.readUInt32BE(8),
    macros,
  };
}

/** SMFIC_OPTNEG: version, actions, steps and the macros that a milter asks for, both directions. */
import { SMFIC, SMFIP } from './constants.ts';
import { MACRO_LIST_SEPARATOR, type MacroLists } from './macros.ts';
import { cstring, packet, uint32, type Field } from './packet-writer.ts';

/** What one side offers or the other agrees to. */
export interface Negotiation {
  /** 2 to 6. */
  readonly version: number;
  /** Bits of SMFIF. */
  readonly actions: number;
  /** Bits of SMFIP. */
  readonly steps: number;
  /** Macros that the milter asks for, by stage (SMFIM); only in a milter's answer, version 6. */
  readonly macros: MacroLists;
}

/** The step bits that exist in a protocol version (SMFI_V2_PROT, SMFI_V4_PROT, SMFI_V6_PROT of libmilter). */
export function stepsOfVersion(version: number): number {
  if (version <= 2) return 0x7f;
  if (version === 3) return 0x17f;
  if (version < 6) return 0x3ff;
  return 0x1fffff;
}

/** Commands that a milter of a protocol version does not know: it does not want them, whatever it says. */
export function stepsUnknownTo(version: number): number {
  if (version <= 2) return SMFIP.NOUNKNOWN | SMFIP.NODATA;
  return version === 3 ? SMFIP.NODATA : 0;
}

/** The action bits that exist in a protocol version. */
export function actionsOfVersion(version: number): number {
  return version <= 2 ? 0x3f : 0x1ff;
}

export function encodeNegotiation(negotiation: Negotiation): Buffer {
  const fields: Field[] = [
    uint32(negotiation.version),
    uint32(negotiation.actions),
    uint32(negotiation.steps),
  ];
  for (const [stage, names] of negotiation.macros) {
    fields.push(uint32(stage), cstring(names.join(MACRO_LIST_SEPARATOR)));
  }
  return packet(SMFIC.OPTNEG, ...fields);
}

/**
 * Reads the data of an OPTNEG packet; undefined where it is too short or its macro lists are cut off.
 * An offer of the first Sendmail versions may lack the steps word; it counts as 0.
 */
export function decodeNegotiation(data: Buffer): Negotiation | undefined {
  if (data.length < 8) return undefined;
  const macros =
    data.length > 12 ? decodeMacroLists(data.subarray(12)) : new Map<number, string[]>();
  if (macros === undefined) return undefined;
  return {
    version: data.readUInt32BE(0),
    actions: data.readUInt32BE(4),
    steps: data.length >= 12 ? data.readUInt32BE(8) : 0,
    macros,
  };
}

function decodeMacroLists(data: Buffer): MacroLists | undefined {
  const lists = new Map<number, readonly string[]>();
  let at = 0;
  while (at < data.length) {
    const end = data.indexOf(0, at + 4);
    if (at + 4 > data.length || end < 0) return undefined;
    const names = data.toString('latin1', at + 4, end).split(/[\s,]+/);
    lists.set(
      data.readUInt32BE(at),
      names.filter((name) => name !== ''),
    );
    at = end + 1;
  }
  return lists;
}

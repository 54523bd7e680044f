/** What children want changed in a message, gathered stage by stage into what the MTA is told at the end. */
import { MILTER_CHUNK_SIZE, SMFIC, SMFIF, SMFIR } from '../../protocol/constants.ts';
import { headerPacket, parseHeader, type Header } from '../../protocol/headers.ts';
import { wholePacket, type Packet, type Pieces } from '../../protocol/packet-reader.ts';
import { packet } from '../../protocol/packet-writer.ts';
import { MergedHeaders } from './header-merge.ts';
import { Turn } from './turn.ts';

/** The modifications of one child, in its order. */
export interface ChildChanges {
  readonly modifications: readonly Packet[];
  /** It negotiated SMFIP_HDR_LEADSPC: the values of its headers begin with the space after the colon. */
  readonly keepsLeadingSpace: boolean;
}

/** The action that must have been negotiated for a modification. */
const ACTIONS: ReadonlyMap<number, number> = new Map<number, number>([
  [SMFIR.ADDHEADER, SMFIF.ADDHDRS],
  [SMFIR.INSHEADER, SMFIF.ADDHDRS],
  [SMFIR.CHGHEADER, SMFIF.CHGHDRS],
  [SMFIR.REPLBODY, SMFIF.CHGBODY],
  [SMFIR.ADDRCPT, SMFIF.ADDRCPT],
  [SMFIR.ADDRCPT_PAR, SMFIF.ADDRCPT_PAR],
  [SMFIR.DELRCPT, SMFIF.DELRCPT],
  [SMFIR.CHGFROM, SMFIF.CHGFROM],
  [SMFIR.QUARANTINE, SMFIF.QUARANTINE],
]);

/** INSHEADER and CHGHEADER have a 4-byte index before the name. */
const INDEX_BYTES = 4;

export class Changes {
  private readonly packets: Buffer[] = [];
  private body: readonly Buffer[] | undefined;
  private readonly headers: MergedHeaders | undefined;

  /**
   * @param headers of the message as it came; undefined where they were not kept, because nobody's index can go astray
   * @param actions that the MTA agreed to: others are left out
   * @param mtaKeepsLeadingSpace the MTA agreed to SMFIP_HDR_LEADSPC
   */
  constructor(
    headers: readonly Header[] | undefined,
    private readonly actions: number,
    private readonly mtaKeepsLeadingSpace: boolean,
  ) {
    this.headers = headers && new MergedHeaders(headers);
  }

  /**
   * Takes the modifications of one stage, children in order, turn by turn. Later ones win where both cannot be.
   */
  *takeStage(children: readonly ChildChanges[]): Generator<void, void> {
    const views = children.map(({ modifications }) =>
      modifications.length > 0 ? this.headers?.view() : undefined,
    );
    const turn = new Turn();
    for (const [index, child] of children.entries()) {
      const view = views[index];
      const body: Buffer[] = [];
      for (const modification of child.modifications) {
        if (turn.step()) {
          yield;
          turn.begin();
        }
        if ((this.actions & (ACTIONS.get(modification.command) ?? 0)) === 0) continue;
        const operation = this.inMtaForm(modification, child);
        if (operation.command === SMFIR.REPLBODY) body.push(operation.data);
        else {
          const whole = view ? view.apply(operation) : wholePacket(operation);
          if (whole) this.packets.push(whole);
        }
      }
      if (body.length > 0) this.body = body.flatMap(inChunks);
    }
  }

  /** The headers as the next stage sees them. */
  currentHeaders(): readonly Header[] {
    return this.headers?.visible() ?? [];
  }

  /** Body packets of the replacement as the next stage sees them; undefined where the body is still that of the MTA. */
  replacedBody(): readonly Buffer[] | undefined {
    return this.body?.map((chunk) => packet(SMFIC.BODY, chunk));
  }

  /** Everything to be sent before the final answer. */
  forMta(): readonly Buffer[] {
    if (this.body === undefined) return this.packets;
    return [...this.packets, ...this.body.map((chunk) => packet(SMFIR.REPLBODY, chunk))];
  }

  /** Where the MTA keeps leading spaces and the child does not know of them, its values get the usual one. */
  private inMtaForm(operation: Packet, child: ChildChanges): Packet {
    if (!this.mtaKeepsLeadingSpace || child.keepsLeadingSpace) return operation;
    const indexBytes = operation.command === SMFIR.ADDHEADER ? 0 : INDEX_BYTES;
    switch (operation.command) {
      case SMFIR.ADDHEADER:
      case SMFIR.INSHEADER:
      case SMFIR.CHGHEADER: {
        const header = parseHeader(operation.data.subarray(indexBytes));
        if (!header || header.value.length === 0) return operation;
        const spaced = headerPacket(operation.command, addSpace(header)).subarray(5);
        const whole = packet(operation.command, operation.data.subarray(0, indexBytes), spaced);
        return { command: operation.command, data: whole.subarray(5) };
      }
      default:
        return operation;
    }
  }
}

/** A header packet as a milter without SMFIP_HDR_LEADSPC is given it: without the first space. */
export function withoutLeadingSpace(pieces: Pieces): Buffer {
  const bytes = Buffer.isBuffer(pieces) ? pieces : Buffer.concat(pieces);
  const header = parseHeader(bytes.subarray(5));
  if (header?.value[0] !== 0x20) return bytes;
  return headerPacket(SMFIC.HEADER, { name: header.name, value: header.value.subarray(1) });
}

/** MTAs, and milters, take no more of a body at once. */
function inChunks(body: Buffer): readonly Buffer[] {
  if (body.length <= MILTER_CHUNK_SIZE) return [body];
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; at += MILTER_CHUNK_SIZE)
    chunks.push(body.subarray(at, at + MILTER_CHUNK_SIZE));
  return chunks;
}

function addSpace(header: Header): Header {
  return { name: header.name, value: Buffer.concat([Buffer.from(' '), header.value]) };
}

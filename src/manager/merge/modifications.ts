/** What a child wants changed in the message at hand, kept until its answer comes. */
import { SMFIR, type Smfir } from '../../protocol/constants.ts';
import { keepPacket, type Packet } from '../../protocol/packet-reader.ts';

const MODIFICATIONS: ReadonlySet<number> = new Set<Smfir>([
  SMFIR.ADDRCPT,
  SMFIR.DELRCPT,
  SMFIR.ADDRCPT_PAR,
  SMFIR.REPLBODY,
  SMFIR.CHGFROM,
  SMFIR.ADDHEADER,
  SMFIR.INSHEADER,
  SMFIR.CHGHEADER,
  SMFIR.QUARANTINE,
]);

export function isModification(reply: Packet): boolean {
  return MODIFICATIONS.has(reply.command);
}

/** How much one child may want changed in one message. */
export interface ModificationLimits {
  /** Bytes in memory, what we keep each of them in included. */
  readonly max_modifications: number;
  /** How many, all but the pieces of a replaced body. */
  readonly max_modification_count: number;
}

/** About what one costs beside its bytes: an object for the packet, one for its buffer, their places in lists. */
const OVERHEAD = 256;

export class Modifications {
  private packets: Packet[] = [];
  private bytes = 0;
  private count = 0;

  constructor(private readonly limits: ModificationLimits) {}

  /** @returns the limit that it goes beyond, where it does: there is no room for it then */
  keep(modification: Packet): keyof ModificationLimits | undefined {
    this.bytes += modification.data.length + OVERHEAD;
    if (modification.command !== SMFIR.REPLBODY) this.count += 1;
    if (this.count > this.limits.max_modification_count) return 'max_modification_count';
    if (this.bytes > this.limits.max_modifications) return 'max_modifications';
    this.packets.push(keepPacket(modification));
    return undefined;
  }

  /** Gives them away. */
  take(): readonly Packet[] {
    const { packets } = this;
    if (packets.length > 0) {
      this.packets = [];
      this.bytes = 0;
      this.count = 0;
    }
    return packets;
  }
}

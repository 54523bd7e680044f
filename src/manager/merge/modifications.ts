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

export class Modifications {
  private packets: Packet[] = [];
  private bytes = 0;

  /** @param limit bytes kept for one message */
  constructor(private readonly limit: number) {}

  /** @returns whether there is room for it */
  keep(modification: Packet): boolean {
    this.bytes += modification.data.length;
    if (this.bytes > this.limit) return false;
    this.packets.push(keepPacket(modification));
    return true;
  }

  /** Gives them away. */
  take(): readonly Packet[] {
    const { packets } = this;
    if (packets.length > 0) {
      this.packets = [];
      this.bytes = 0;
    }
    return packets;
  }
}

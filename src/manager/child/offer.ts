/** What children are offered, and the packet that says it. */
import type { Negotiation } from '../../protocol/negotiation.ts';

export interface Offer extends Negotiation {
  readonly packet: Buffer;
}

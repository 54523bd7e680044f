/** Gives a message as it is by now to children of a later stage, as an MTA gives it: bit by bit, as fast as they take it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SMFIC } from '../../protocol/constants.ts';
import { headerPacket, type Header } from '../../protocol/headers.ts';
import { packetPieces, PacketReader, type Pieces } from '../../protocol/packet-reader.ts';
import { packet } from '../../protocol/packet-writer.ts';
import type { Participant } from '../child/participant.ts';
import type { ManagerSettings } from '../../manager-config/config.ts';
import { withoutLeadingSpace } from '../merge/changes.ts';
import { Turn } from '../merge/turn.ts';
import { COMMANDS, type CommandRules } from './commands.ts';

/** A message as a stage left it. */
export interface Changed {
  readonly headers: readonly Header[];
  readonly body: readonly Buffer[] | AsyncIterable<Buffer>;
}

const END_OF_HEADER = packet(SMFIC.EOH);

/** @param spaced the value of a header has its leading space (SMFIP_HDR_LEADSPC) */
export function feedAll(
  to: readonly Participant[],
  rules: CommandRules,
  macros: Buffer | undefined,
  bytes: Pieces,
  spaced: boolean,
): void {
  for (const participant of to) {
    const strip = spaced && rules === COMMANDS.header && !participant.keepsLeadingSpace;
    participant.feed(rules, macros, strip ? withoutLeadingSpace(bytes) : bytes);
  }
}

export class Replay {
  /** @param macros those that came with each command of the message */
  constructor(
    private readonly macros: ReadonlyMap<number, Buffer>,
    private readonly settings: ManagerSettings,
    private readonly spaced: boolean,
  ) {}

  /**
   * All but the end of the message.
   * @param isOver whether the rest is for nobody
   * @param room resolves when the children may have taken more
   * @throws where the spool file cannot be read
   */
  async give(
    to: readonly Participant[],
    { headers, body }: Changed,
    isOver: () => boolean,
    room: () => Promise<unknown>,
  ): Promise<void> {
    const turn = new Turn();
    for (const header of headers) {
      if (turn.step()) {
        await nextTurn();
        if (isOver()) return;
        turn.begin();
      }
      this.feed(to, COMMANDS.header, headerPacket(SMFIC.HEADER, header));
    }
    this.feed(to, COMMANDS.endOfHeader, END_OF_HEADER);
    const reader = new PacketReader(this.settings.max_packet_size);
    for await (const piece of body) {
      for (const each of reader.push(piece)) this.feed(to, COMMANDS.body, packetPieces(each));
      while (!isOver() && to.some(({ backlog }) => backlog > this.settings.max_queue)) await room();
      if (isOver()) return;
    }
  }

  private feed(to: readonly Participant[], rules: CommandRules, bytes: Pieces): void {
    feedAll(to, rules, this.macros.get(rules.command), bytes, this.spaced);
  }
}

/** The macros that the MTA has defined in a session: what must go on to children, and what we look up ourselves. */
import { SMFIC } from '../../protocol/constants.ts';
import { macroPacket, parseMacros } from '../../protocol/macros.ts';
import { wholePacket, type Packet } from '../../protocol/packet-reader.ts';
import type { ExtraMacros } from '../conditions/condition.ts';

/** Commands whose macros hold for all messages of a session. */
const OF_THE_SESSION: ReadonlySet<number> = new Set<number>([SMFIC.CONNECT, SMFIC.HELO]);

/** Macros that belong to one command. Parsed only if somebody asks. */
interface Definition {
  readonly packet: Packet;
  values: ReadonlyMap<string, string> | undefined;
}

export class MacroStore {
  private readonly byCommand = new Map<number, Definition>();
  private readonly unsent = new Map<number, Packet>();

  /** Takes a SMFIC_MACRO packet. */
  define(packet: Packet): void {
    const command = packet.data[0];
    if (command === undefined) return;
    this.byCommand.set(command, { packet, values: undefined });
    this.unsent.set(command, packet);
  }

  /** The packet to send before the command; undefined where the MTA gave none since the last such command. */
  take(command: number): Buffer | undefined {
    if (this.unsent.size === 0) return undefined;
    const packet = this.unsent.get(command);
    if (packet === undefined) return undefined;
    this.unsent.delete(command);
    return wholePacket(packet);
  }

  /** The command's macros with others added: a later macro packet replaces an earlier one, so it must hold all. */
  takeWith(command: number, extra: ExtraMacros): Buffer {
    const values = new Map(this.valuesOf(command));
    for (const [name, value] of Object.entries(extra)) values.set(name, value);
    return macroPacket({ command, values });
  }

  /** The value of a macro that came with a command. */
  valueOf(command: number, name: string): string | undefined {
    return this.valuesOf(command).get(name);
  }

  /** The value of a macro by plain name, whichever command it came with; the latest command first. */
  value(name: string): string | undefined {
    let found: string | undefined;
    for (const command of this.byCommand.keys()) found = this.valuesOf(command).get(name) ?? found;
    return found;
  }

  /**
   * Macros of a message do not outlive it.
   * @param next the command that begins another one: its macros belong to that
   */
  forgetMessage(next?: number): void {
    for (const command of this.byCommand.keys()) {
      if (OF_THE_SESSION.has(command) || command === next) continue;
      this.byCommand.delete(command);
      this.unsent.delete(command);
    }
  }

  forgetSession(): void {
    this.byCommand.clear();
    this.unsent.clear();
  }

  private valuesOf(command: number): ReadonlyMap<string, string> {
    const definition = this.byCommand.get(command);
    if (definition === undefined) return new Map();
    return (definition.values ??= parseMacros(definition.packet.data).values);
  }
}

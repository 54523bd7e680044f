/** Commands and answers over one connection: negotiation, macros, time limits, what is sent and what is awaited. */

import { PROTOCOL_VERSION, SMFIC, SMFIP } from '../protocol/constants.ts';
import { macroPacket, macroStage, plainMacroName } from '../protocol/macros.ts';
import {
  actionsOfVersion,
  decodeNegotiation,
  encodeNegotiation,
  stepsOfVersion,
  type Negotiation,
} from '../protocol/negotiation.ts';
import type { Packet } from '../protocol/packet-reader.ts';
import { STAGE_FACTS, type CommandStage } from './commands.ts';
import type { MilterConnection } from './connection.ts';
import { PlayFailure } from './failure.ts';
import { readWord, type Reply } from './replies.ts';
import type { Answer, Modification } from './result.ts';
import type { Macros, Stage } from './mail.ts';

/** Time limits in seconds; fractions are fine. */
export interface Timeouts {
  readonly connection: number;
  readonly reading: number;
  readonly writing: number;
  readonly endOfMessage: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  connection: 300,
  reading: 10,
  writing: 10,
  endOfMessage: 300,
};

/** A command to play: which stage, about what, the packet, and the macros that the MTA knows by now. */
export interface Command {
  readonly stage: CommandStage;
  readonly subject?: string;
  readonly packet: Buffer;
  /** The standard macros of this stage. */
  readonly macros?: Macros;
  /** All macros known at this stage, for a milter that listed its wishes. */
  readonly known?: Macros;
}

/** Sendmail 8.12's; nothing older is in use. */
const OLDEST_VERSION = 2;

const CONTINUE: Reply = { kind: 'continue' };

export class Dialogue {
  /** What was said about the current mail. */
  answers: Answer[] = [];
  modifications: Modification[] = [];
  warnings: string[] = [];
  /** The command that is being played, for those who ask where it went wrong. */
  stage: Stage = 'negotiate';
  negotiated: Negotiation = { version: 0, actions: 0, steps: 0, macros: new Map() };

  constructor(
    readonly connection: MilterConnection,
    private readonly timeouts: Timeouts,
  ) {}

  /**
   * Offers all that the version has. A milter may also answer with a verdict on the whole connection.
   * @throws PlayFailure when the milter wants what was not offered
   */
  async negotiate(version = PROTOCOL_VERSION): Promise<Reply> {
    const offer: Negotiation = {
      version,
      actions: actionsOfVersion(version),
      steps: stepsOfVersion(version),
      macros: new Map(),
    };
    const begin = performance.now();
    this.stage = 'negotiate';
    await this.connection.send(encodeNegotiation(offer), this.timeouts.writing);
    const packet = await this.connection.receive(this.timeouts.reading);
    if (packet.command !== SMFIC.OPTNEG) {
      const reply = finalReply(packet);
      this.record('negotiate', undefined, reply, begin);
      return reply;
    }
    this.negotiated = agreed(offer, packet.data);
    this.record('negotiate', undefined, CONTINUE, begin);
    return CONTINUE;
  }

  /** Plays a command if this milter wants it, and waits for the answer if it gives one there. */
  async say(command: Command): Promise<Reply> {
    const facts = STAGE_FACTS[command.stage];
    const { steps, version } = this.negotiated;
    if (steps & facts.unsent || version < facts.sinceVersion) return CONTINUE;
    const begin = performance.now();
    this.stage = command.stage;
    const values = this.wantedMacros(command, facts.command);
    const bytes =
      values.size === 0
        ? command.packet
        : Buffer.concat([macroPacket({ command: facts.command, values }), command.packet]);
    await this.connection.send(bytes, this.timeouts.writing);
    const silent = (steps & facts.silent) !== 0;
    const reply = silent ? CONTINUE : await this.hear();
    this.record(command.stage, command.subject, silent ? { kind: 'none' } : reply, begin);
    return reply;
  }

  /** Gives up the current message; never answered. */
  abandon(packet: Buffer): Promise<void> {
    return this.connection.send(packet, this.timeouts.writing);
  }

  /** Reads up to the final answer. Each sign of life or modification begins the time limit anew. */
  private async hear(): Promise<Reply> {
    const atEnd = this.stage === 'end-of-message';
    const limit = atEnd ? this.timeouts.endOfMessage : this.timeouts.reading;
    for (;;) {
      const word = readWord(await this.connection.receive(limit));
      switch (word.type) {
        case 'reply':
          return this.checked(word.reply);
        case 'progress':
          break;
        case 'modification':
          if (!atEnd) {
            const what = word.modification.kind;
            throw new PlayFailure('protocol-error', `${what} before the end of the message`);
          }
          if (!(this.negotiated.actions & word.action)) {
            this.warnings.push(`${word.modification.kind} was not negotiated; MTAs may ignore it`);
          }
          this.modifications.push(word.modification);
          break;
      }
    }
  }

  private checked(reply: Reply): Reply {
    if (reply.kind === 'skip' && !(this.negotiated.steps & SMFIP.SKIP)) {
      throw new PlayFailure('protocol-error', 'skip was not negotiated');
    }
    return reply;
  }

  /** By the milter's list for the stage if it made one, else the standard ones. */
  private wantedMacros({ macros = {}, known = {} }: Command, code: number): Map<string, string> {
    const stage = macroStage(code);
    const list = stage === undefined ? undefined : this.negotiated.macros.get(stage);
    if (list === undefined) return new Map(Object.entries(macros));
    const wanted = list.map(plainMacroName).filter((name) => known[name] !== undefined);
    return new Map(wanted.map((name) => [name, known[name]!]));
  }

  private record(
    stage: Stage,
    subject: string | undefined,
    reply: Reply | { readonly kind: 'none' },
    begin: number,
  ): void {
    this.answers.push({
      stage,
      ...(subject === undefined ? {} : { subject }),
      answer: reply.kind,
      ...('reply' in reply ? { reply: reply.reply } : {}),
      milliseconds: performance.now() - begin,
    });
  }
}

function finalReply(packet: Packet): Reply {
  const word = readWord(packet);
  if (word.type === 'reply' && word.reply.kind !== 'continue' && word.reply.kind !== 'skip') {
    return word.reply;
  }
  throw new PlayFailure('protocol-error', 'the milter did not answer the option negotiation');
}

function agreed(offer: Negotiation, data: Buffer): Negotiation {
  const wanted = decodeNegotiation(data);
  if (wanted === undefined) throw refusal('the option negotiation is cut short');
  const { version, actions, steps } = wanted;
  if (version < OLDEST_VERSION || version > offer.version) {
    throw refusal(
      `the milter wants version ${version}; ${OLDEST_VERSION} to ${offer.version} are offered`,
    );
  }
  if (actions & ~offer.actions) {
    throw refusal(
      `the milter wants actions that are not offered: ${hex(actions & ~offer.actions)}`,
    );
  }
  if (steps & ~offer.steps) {
    throw refusal(
      `the milter wants protocol steps that are not offered: ${hex(steps & ~offer.steps)}`,
    );
  }
  return wanted;
}

function refusal(problem: string): PlayFailure {
  return new PlayFailure('protocol-error', problem);
}

function hex(bits: number): string {
  return `0x${(bits >>> 0).toString(16)}`;
}

/** What a child must be told again where it is connected to anew in the middle of a session. */
import type { CommandRules } from '../session/commands.ts';
import { SMFIC } from '../../protocol/constants.ts';

export interface Told {
  readonly rules: CommandRules;
  readonly macros: Buffer | undefined;
  /** Undefined where the MTA does not send the command, and only its macros came. */
  readonly bytes: Buffer | undefined;
}

/** CONNECT and the last HELO, as the session gave them. */
export class SessionPast {
  private connect: Told | undefined;
  private helo: Told | undefined;

  /** Keeps what is worth it; the bytes must stay as they are. */
  note(told: Told): void {
    if (told.rules.command === SMFIC.CONNECT) this.connect = told;
    if (told.rules.command === SMFIC.HELO) this.helo = told;
  }

  /** What came before a command of this kind, in order. */
  before({ command }: CommandRules): readonly Told[] {
    return [this.connect, this.helo].filter(
      (told) => told !== undefined && told.rules.command !== command,
    ) as readonly Told[];
  }
}

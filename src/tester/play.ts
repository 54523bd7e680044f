/** Plays mails to a milter, the MTA's side of the protocol, and tells what became of each. */

import { SMFIC } from '../protocol/constants.ts';
import type { ConnectionSpec } from '../protocol/connection-spec.ts';
import { packet } from '../protocol/packet-writer.ts';
import { MilterConnection } from './connection.ts';
import { DEFAULT_TIMEOUTS, Dialogue, type Timeouts } from './dialogue.ts';
import { PlayFailure, unreachable } from './failure.ts';
import type { Reply } from './replies.ts';
import { resultOf } from './outcome.ts';
import type { Result } from './result.ts';
import type { Envelope, Mail } from './mail.ts';
import { greet, transact } from './stages.ts';

export interface PlayOptions {
  /** Protocol version offered, 2 to 6. */
  readonly version?: number;
  readonly timeouts?: Partial<Timeouts>;
  /** Seconds for which a milter that cannot be reached yet is tried again. */
  readonly patience?: number;
}

/** How the next mail follows on the same connection: in the same SMTP session, or in a new one (QUIT_NC). */
export type Reuse = 'same-session' | 'quit-nc';

/** A pause between two attempts to connect, in ms. */
const RETRY_PAUSE = 50;

/**
 * Plays one mail over one connection. Never rejects for what the milter does or fails to do: that is the
 * {@link Result}.
 */
export async function playMail(
  spec: ConnectionSpec,
  mail: Mail,
  options: PlayOptions = {},
): Promise<Result> {
  const [result] = await playMails(spec, [mail], 'same-session', options);
  return result!;
}

/**
 * Plays several mails, in order, over one connection; a new one is made only where a milter cannot do
 * otherwise (QUIT_NC before version 6) or after a failure.
 */
export async function playMails(
  spec: ConnectionSpec,
  mails: readonly Mail[],
  reuse: Reuse,
  options: PlayOptions = {},
): Promise<Result[]> {
  const results: Result[] = [];
  let session: Session | undefined;
  for (const mail of mails) {
    if (reuse === 'quit-nc') session = await session?.beginAnew();
    session ??= new Session(spec, options);
    const result = await session.play(mail);
    results.push(result);
    if (session.broken) {
      await session.end();
      session = undefined;
    }
  }
  await session?.end();
  return results;
}

/** The MTA's side of one SMTP session. */
class Session {
  private dialogue: Dialogue | undefined;
  /** The milter's word on the whole SMTP session, once it gave one that ends it. */
  private sessionReply: Reply | undefined;
  private greeted = false;
  broken = false;

  constructor(
    private readonly spec: ConnectionSpec,
    private readonly options: PlayOptions,
  ) {}

  async play(mail: Mail): Promise<Result> {
    const begin = performance.now();
    const refused: Envelope[] = [];
    let outcome: Reply | PlayFailure;
    try {
      outcome = await this.converse(mail, refused);
    } catch (error) {
      if (!(error instanceof PlayFailure)) throw error;
      this.broken = true;
      outcome = error;
    }
    const elapsed = performance.now() - begin;
    return resultOf({ mail, refused, outcome, dialogue: this.dialogue, elapsed });
  }

  /** QUIT_NC: the connection stays for the next SMTP session. Undefined when a new one is needed. */
  async beginAnew(): Promise<Session | undefined> {
    if (this.dialogue === undefined || this.dialogue.negotiated.version < 6) {
      await this.end();
      return undefined;
    }
    await this.dialogue.abandon(packet(SMFIC.QUIT_NC));
    this.greeted = false;
    this.sessionReply = undefined;
    return this;
  }

  async end(): Promise<void> {
    await this.dialogue?.connection.close(this.broken ? Buffer.alloc(0) : packet(SMFIC.QUIT));
  }

  private async converse(mail: Mail, refused: Envelope[]): Promise<Reply> {
    this.dialogue ??= await this.open();
    const dialogue = this.dialogue;
    if (this.greeted) {
      dialogue.answers = [];
      dialogue.modifications = [];
      dialogue.warnings = [];
    }
    if (dialogue.negotiated.version === 0) {
      const reply = await dialogue.negotiate(this.options.version);
      if (reply.kind !== 'continue') this.sessionReply = reply;
    }
    if (!this.greeted && this.sessionReply === undefined) {
      const reply = await greet(dialogue, mail);
      if (reply.kind !== 'continue') this.sessionReply = reply;
    }
    this.greeted = true;
    return this.sessionReply ?? (await transact(dialogue, mail, refused));
  }

  private async open(): Promise<Dialogue> {
    const timeouts = { ...DEFAULT_TIMEOUTS, ...this.options.timeouts };
    const deadline = performance.now() + (this.options.patience ?? 0) * 1000;
    for (;;) {
      try {
        const connection = await MilterConnection.open(this.spec, timeouts.connection);
        return new Dialogue(connection, timeouts);
      } catch (error) {
        if (performance.now() >= deadline) {
          throw unreachable(this.spec, error as NodeJS.ErrnoException);
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE));
      }
    }
  }
}

/** What a session tells about itself and its children. */
import { formatClient, type Client } from '../../protocol/client-address.ts';
import { SMFIR } from '../../protocol/constants.ts';
import { parseHeader } from '../../protocol/headers.ts';
import type { Packet } from '../../protocol/packet-reader.ts';
import type { Failure } from '../child/failure.ts';
import type { StageName } from '../session/commands.ts';
import type { Crew } from '../session/crew.ts';
import type { MacroStore } from '../session/macro-store.ts';
import type { ChildReport, Observer } from './report.ts';
import type { TransactionReport } from '../session/transaction.ts';
import { replyText, type Answer } from '../merge/verdict.ts';

/** The session whose part in the log this is. */
export interface Reported {
  readonly client: Client | undefined;
  readonly crew: Crew;
}

/** Headers of one child in one mail that are told one by one, and how much of each. */
const HEADERS_TOLD = 50;
const VALUE_TOLD = 1000;

export class SessionReport {
  private readonly began = performance.now();

  constructor(
    private readonly id: number,
    private readonly session: Reported,
    private readonly macros: MacroStore,
    private readonly observer: Observer,
  ) {}

  mailEnded({ sender, status, stage, reply, seconds }: TransactionReport): void {
    const { client, crew } = this.session;
    this.observer.mailEnded({
      session: this.id,
      queueId: this.macros.value('i'),
      client: client && formatClient(client),
      sender,
      status,
      stage,
      reply,
      seconds,
      children: crew.participants.map((participant) => participant.report()),
    });
  }

  /** A client was refused before there was a mail. */
  clientRefused(stage: StageName, answer: Answer): void {
    this.mailEnded({
      sender: undefined,
      status: answer.status,
      stage,
      reply: replyText(answer),
      seconds: (performance.now() - this.began) / 1000,
    });
  }

  childFailed(child: string, failure: Failure, stage: StageName): void {
    this.observer.childFailed(this.id, child, stage, failure);
  }

  shadowEnded(report: ChildReport): void {
    this.observer.shadowEnded(this.id, report);
  }

  /** Tells of each header that a child adds, unless they are too many for the log. */
  headersAdded(child: string, changes: readonly Packet[]): void {
    const adding = changes.filter(
      ({ command }) => command === SMFIR.ADDHEADER || command === SMFIR.INSHEADER,
    );
    for (const { command, data } of adding.slice(0, HEADERS_TOLD)) {
      const header = parseHeader(command === SMFIR.ADDHEADER ? data : data.subarray(4));
      if (!header) continue;
      const { name, value } = header;
      this.observer.headerAdded(this.id, child, { name, value: value.subarray(0, VALUE_TOLD) });
    }
    const more = adding.length - HEADERS_TOLD;
    if (more > 0) this.warn(`${child} added ${more} more headers, which are not listed`);
  }

  /** A fault of ours. */
  internalError(error: unknown): void {
    const trace = error instanceof Error ? error.stack : undefined;
    this.warn(`internal error: ${trace ?? String(error)}`);
  }

  warn(text: string): void {
    this.observer.warn(this.id, text);
  }
}
